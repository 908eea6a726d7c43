"""Batches as the driver takes them: bound values, or rows that are serialised already. Called by `session` only.

The driver serialises each value by itself, which costs more than all the rest of a write. Rows that the C library has
written go into the message as they are. The message's other parts (consistency, write time, keyspace) are the driver's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from cassandra.protocol import BatchMessage
from cassandra.query import BatchStatement, BatchType, PreparedStatement

MAX_ROWS = 200
MAX_BYTES = 256 * 1024
ROWS_AT = 3  # the type of the batch is a byte, how many rows there are a short


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one statement, applied as one where they are of one partition.

    `values` are in the statement's order; or `rows` are `count` rows as a BATCH message has them (native protocol
    version 5, 4.1.7), of the partition with this `routing_key`.
    """

    cql: str
    values: Sequence[Sequence[Any]] = ()
    rows: bytes = b""
    count: int = 0
    routing_key: bytes = b""


class RowsStatement(BatchStatement):  # type: ignore[misc] # the driver has no types
    """A batch of rows that are serialised already."""

    def __init__(self, batch: Batch, keyspace: str) -> None:
        super().__init__(BatchType.UNLOGGED)
        self.rows, self.count = batch.rows, batch.count
        self.routing_key, self.keyspace = batch.routing_key, keyspace


class RowsMessage(BatchMessage):  # type: ignore[misc] # the driver has no types
    """The message of a RowsStatement, otherwise as the driver has made it."""

    def __init__(self, made: BatchMessage, statement: RowsStatement) -> None:
        self.__dict__.update(vars(made))
        self.statement = statement

    def send_body(self, file: Any, protocol_version: int) -> None:
        """Write the message's body: the driver's for no rows at all, with the rows put in."""
        frame = BytesIO()
        super().send_body(frame, protocol_version)
        empty = frame.getvalue()
        file.write(empty[: ROWS_AT - 2] + self.statement.count.to_bytes(2, "big"))
        file.write(self.statement.rows)
        file.write(empty[ROWS_AT:])


def make_statement(batch: Batch, prepared: PreparedStatement, keyspace: str) -> BatchStatement:
    """Return the driver's statement for a batch: unlogged, and safe to send again."""
    if batch.rows:
        statement: BatchStatement = RowsStatement(batch, keyspace)
    else:
        statement = BatchStatement(BatchType.UNLOGGED)
        for values in batch.values:
            statement.add(prepared, values)
    statement.is_idempotent = True
    return statement


def let_go(answers: Iterable[Any]) -> None:
    """Let go of what was written: the driver's futures live on in its timers, for as long as they could have taken."""
    for answer in answers:
        if answer.success:
            future = answer.result_or_exc.response_future
            future.message = future.query = future.query_plan = None


def routing_key(*components: bytes) -> bytes:
    """Return a partition key of several columns as the partitioner hashes it."""
    return b"".join(len(each).to_bytes(2, "big") + each + b"\0" for each in components)
