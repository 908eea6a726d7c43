"""The driver's answers as pages: a body that stays undecoded, or one JSON text per row. Called by `session`.

A result's rows are handed on as one `Answer` with the paging state after them, in a list that whoever takes it out
leaves empty: the driver's futures are cycles, and would keep each page until Python looks for those.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from cassandra.protocol import ProtocolHandler, ResultMessage, _ProtocolHandler, read_int

from native import COMPILED, PORTABLE


class Answer(NamedTuple):
    """One page: how many rows, their cells (or JSON texts), and the paging state, None after the last page."""

    rows: int
    body: bytes | Sequence[str]
    state: bytes | None

    @property
    def size(self) -> int:
        """How many bytes (or characters) the body has."""
        return len(self.body) if isinstance(self.body, bytes) else sum(map(len, self.body))


class UndecodedResult(ResultMessage):  # type: ignore[misc]  # the driver has no types
    """A result whose rows stay the bytes they are."""

    def recv_results_rows(self, frame: BinaryIO, *context: Any) -> None:
        """Read the metadata, count the rows, and keep the rest."""
        self.recv_results_metadata(frame, context[1])
        rows = read_int(frame)
        self.parsed_rows = [Answer(rows, frame.read(), self.paging_state)]
        self.column_names = self.column_types = ()


class JsonResult(ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]):  # type: ignore[misc]  # as above
    """A result of SELECT JSON: one text per row."""

    def recv_results_rows(self, *arguments: Any) -> None:
        """Read the rows as the driver does, and keep their only column."""
        super().recv_results_rows(*arguments)
        texts: list[str] = [text for (text,) in vars(self)["parsed_rows"]]
        self.parsed_rows = [Answer(len(texts), texts, self.paging_state)]


class UndecodedHandler(_ProtocolHandler):  # type: ignore[misc]  # as above
    """The protocol, with undecoded rows."""

    message_types_by_opcode = _ProtocolHandler.message_types_by_opcode | {ResultMessage.opcode: UndecodedResult}


class JsonHandler(_ProtocolHandler):  # type: ignore[misc]  # as above
    """The protocol, with rows of SELECT JSON."""

    message_types_by_opcode = _ProtocolHandler.message_types_by_opcode | {ResultMessage.opcode: JsonResult}


HANDLERS: Mapping[str, type[_ProtocolHandler]] = MappingProxyType(
    {COMPILED: UndecodedHandler, PORTABLE: JsonHandler},
)
