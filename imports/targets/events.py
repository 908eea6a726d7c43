"""Events: each record is one event of a stream; a log's pattern says when, whom, what kind and which level.

What an event says goes to its payload, but for what its own fields hold already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import InvalidInput, NotFound, OutcomeUnknown
from core.principals import Principal
from imports.layouts import Layout
from imports.local_times import ISO_FORMAT, LocalClock
from imports.mapping import MISSING, FieldMap, find_column
from imports.targets.base import Identity, Stored, Target
from imports.values import plain_json, scalar_text
from timeseries import selectors, services

EventRow = dict[str, Any]
COLUMNS = ("time", "actor", "kind", "level", "id")


@dataclass(frozen=True, slots=True)
class NewStream:
    """How to make a stream that is missing; `peak_rate` in events a second."""

    retention: str
    peak_rate: float
    actor_may_read: bool


class Events(Target[EventRow]):
    """Records as events of the stream that the mapping, the pattern or the data set names."""

    def __init__(
        self,
        fields: FieldMap,
        make_clock: Callable[[], LocalClock],
        *,
        owner: Principal,
        new_stream: NewStream | None,
    ) -> None:
        self._fields = fields
        self._make_clock = make_clock
        self._owner = owner
        self._new_stream = new_stream
        self._clocks: dict[str, LocalClock] = {}
        self._layout = Layout("")
        self._columns: Mapping[str, str] = {}
        self._used: frozenset[str] = frozenset()
        self._stream = ""

    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:
        """See Target; files of one stream follow each other in time, other streams have a clock of their own."""
        self._layout, pattern = layout, layout.pattern
        self._stream = self._fields.value("stream") or (pattern.name if pattern else data_set)
        self._clocks.setdefault(self._stream, self._make_clock())
        if columns is not None:
            self._fields.check_columns(columns)
        if pattern and pattern.lacks_year:
            self._clocks[self._stream].check_year()
        if pattern:
            of_pattern = {"kind": pattern.kind, "level": pattern.level}
            self._columns = {name: self._fields.columns.get(name) or of_pattern.get(name, "") for name in COLUMNS}
            of_time = {name for name in pattern.columns if f"{{{name}}}" in pattern.time}
            self._used = frozenset(self._columns.values()) | of_time
        else:
            self._columns = {name: self._fields.column(name) for name in COLUMNS}
            self._used = frozenset(self._columns.values())
            if columns is not None and self._columns["time"] not in columns:
                raise InvalidInput(f"no column 'time'; there are {', '.join(columns)}: see --map time=COLUMN")

    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> EventRow:
        """See Target."""
        texts = {name: self._text(fields, name) for name in ("kind", "level", "id")}
        texts["actor"] = self._read_actor(fields)
        texts["id"] = texts["id"] or identify().text
        return {
            "time": self._read_time(fields),
            "payload": {name: plain_json(value) for name, value in fields.items() if name not in self._used},
            **{name: text for name, text in texts.items() if text},
        }

    def prepare_store(self) -> None:
        """Make the stream when it is missing.

        Raises: NotFound when it is missing and nobody asked to make it.
        """
        try:
            selectors.stream_by_name(self._owner, self._stream)
        except NotFound as error:
            if self._new_stream is None:
                raise NotFound(f"there is no stream {self._stream!r}: make it with --create-stream") from error
            services.create_stream(
                self._owner,
                name=self._stream,
                retention=self._new_stream.retention,
                peak_rate=self._new_stream.peak_rate,
                actor_may_read=self._new_stream.actor_may_read,
            )

    def store_rows(self, rows: Sequence[EventRow]) -> Stored:
        """See Target; an event that was there counts as new, as writing it again does not read it."""
        results = services.append_events(self._owner, self._stream, rows)
        unknown = next((result for result in results if result.status == "unknown"), None)
        if unknown:
            raise OutcomeUnknown(unknown.reason, store="timeseries")
        refused = [(place, result.reason) for place, result in enumerate(results) if result.status == "rejected"]
        return Stored(new=len(rows) - len(refused), refused=refused)

    def warnings(self) -> list[str]:
        """See Target."""
        return [
            f"{stream}: {clock.jumps} times a line lies more than half a year from the one before; see --roll-over"
            for stream, clock in self._clocks.items()
            if clock.jumps
        ]

    def _read_time(self, fields: Mapping[str, Any]) -> datetime:
        clock, time_format = self._clocks[self._stream], self._fields.value("time_format")
        pattern = self._layout.pattern
        if pattern and not self._columns["time"]:
            try:
                text = pattern.time.format_map(fields)
            except KeyError as error:
                raise InvalidInput(f"the line has no {error}, which its time needs", path="time") from error
            return clock.read(text, time_format or pattern.time_format, lacks_year=pattern.lacks_year)
        return clock.read_any(find_column(fields, self._columns["time"]), time_format or ISO_FORMAT)

    def _read_actor(self, fields: Mapping[str, Any]) -> str:
        pattern = self._layout.pattern
        rule = pattern.actor if pattern and not self._columns["actor"] else None
        source = self._fields.value("actor_source") or (rule.source if rule else "")
        key = rule.find(fields) if rule else self._text(fields, "actor")
        return f"{source}:{key}" if key and source else key

    def _text(self, fields: Mapping[str, Any], name: str) -> str:
        """Return what the mapping, or else the pattern, has for a field; nothing when the record lacks it."""
        if name in self._fields.values:
            return self._fields.values[name]
        found = find_column(fields, self._columns[name]) if self._columns[name] else MISSING
        return "" if found is MISSING else scalar_text(found, name)
