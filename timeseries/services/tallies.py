"""What this process counts of stored events until it is added to Cassandra's counters: fields, events and bytes.

Called once a chunk is stored; a thread adds up what is pending every FLUSH_S seconds, and at the end. What a killed
process had pending, or a lost answer leaves unknown, is missing until a recount.
"""

import logging
import os
import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from core.errors import TriviumError
from timeseries.fields import Span, Spans, StreamKey
from timeseries.memory import forgets
from timeseries.services.catalogue import add_span, batches_of
from timeseries.session import add_counts, keyspace, write_batches
from timeseries.shapes import Field
from timeseries.usage import Day, Usage

logger = logging.getLogger(__name__)
FLUSH_S = 2.0
BATCH_ROWS = 100
ADD_FIELD = "UPDATE field_counts SET events = events + ? WHERE stream = ? AND made = ? AND field = ? AND type = ?"
ADD_USAGE = (
    "UPDATE usage_by_stream SET events = events + ?, payload_bytes = payload_bytes + ?"
    " WHERE stream = ? AND made = ? AND retention = ? AND day = ?"
)


@dataclass(slots=True)
class Tally:
    """What is to be added for one stream."""

    spans: dict[Field, Span] = field(default_factory=dict)
    usage: dict[Day, Usage] = field(default_factory=dict)

    def take(self, spans: Spans, usage: Mapping[Day, Usage]) -> None:
        """Take more in."""
        for name, span in spans.items():
            add_span(self.spans, name, span)
        for day, added in usage.items():
            self.usage[day] = self.usage.get(day, Usage()) + added


@dataclass(eq=False)
class _Pending:
    lock: threading.Lock = field(default_factory=threading.Lock)
    adding: threading.Lock = field(default_factory=threading.Lock)
    tallies: dict[tuple[str, StreamKey], Tally] = field(default_factory=dict)
    timer: threading.Timer | None = None

    def __post_init__(self) -> None:
        forgets(self)

    def forget_all(self) -> None:
        """Forget what is pending, once nothing is being added."""
        with self.adding, self.lock:
            self.tallies = {}


_pending = _Pending()


def add_later(life: StreamKey, spans: Spans, usage: Mapping[Day, Usage]) -> None:
    """Keep counts until the next flush."""
    with _pending.lock:
        _pending.tallies.setdefault((keyspace(), life), Tally()).take(spans, usage)
        if _pending.timer is None:
            _pending.timer = threading.Timer(FLUSH_S, flush)
            _pending.timer.daemon = True
            _pending.timer.start()


def flush() -> None:
    """Add what is pending; what fails is logged, and missing until a recount."""
    with _pending.adding:
        with _pending.lock:
            tallies, _pending.tallies = _pending.tallies, {}
            timer, _pending.timer = _pending.timer, None
        if timer is not None:
            timer.cancel()
        _flush(tallies)


def _flush(tallies: Mapping[tuple[str, StreamKey], Tally]) -> None:
    for (place, life), tally in tallies.items():
        try:
            if place == keyspace():
                add(life, tally.spans, tally.usage)
        except TriviumError as error:
            logger.warning("counts of the stream %r are lost until a recount: %s", life[0], error.message)


def add(life: StreamKey, spans: Spans, usage: Mapping[Day, Usage]) -> None:
    """Add counts to Cassandra's counters, once, and extend the fields' spans. Raises: StoreError."""
    _add(ADD_USAGE, [(each.events, each.payload_bytes, *life, *day) for day, each in usage.items()])
    add_field_counts(life, {name: span.events for name, span in spans.items()})
    failure = next((error for error in write_batches(batches_of(life, spans)) if error is not None), None)
    if failure is not None:
        raise failure


def add_field_counts(life: StreamKey, counts: Mapping[Field, int]) -> None:
    """Add counts of fields to Cassandra's counters, once. Raises: StoreError."""
    _add(ADD_FIELD, [(events, *life, *name) for name, events in counts.items()])


def _add(cql: str, rows: list[tuple[Hashable, ...]]) -> None:
    for at in range(0, len(rows), BATCH_ROWS):
        add_counts(cql, rows[at : at + BATCH_ROWS])


def _forget_parents_counts() -> None:
    """In a forked child: what the parent has pending it adds up itself."""
    global _pending  # noqa: PLW0603 - a lock that another thread of the parent's may hold
    _pending = _Pending()


os.register_at_fork(after_in_child=_forget_parents_counts)
# Before `session` closes: what was registered later runs first.
threading._register_atexit(flush)  # type: ignore[attr-defined] # noqa: SLF001 - there is no public way to be in time
