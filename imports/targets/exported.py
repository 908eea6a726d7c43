"""Exported events, stored as they were: each record is an event with its own time, texts and payload.

An event without a client's id has its identity from its content, so it needs none here. Called by `requests`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from core.errors import InvalidInput, NotFound, OutcomeUnknown
from core.principals import Principal
from imports.layouts import Layout
from imports.mapping import FieldMap
from imports.targets.base import Identity, Stored, Target
from imports.targets.events import NewStream
from timeseries import selectors, services

TEXTS = {"actor": "actor", "kind": "kind", "level": "level", "client_id": "id"}
NEEDED = frozenset({"stream", "time", "payload", "client_id"})
Exported = tuple[str, dict[str, Any]]
END: Exported = ("", {})


class ExportedEvents(Target[Exported]):
    """Records as events of the streams that they name, or of the one that the mapping names."""

    def __init__(self, fields: FieldMap, *, owner: Principal, new_stream: NewStream | None) -> None:
        self._stream = fields.value("stream")
        self._owner = owner
        self._new_stream = new_stream
        self._known: set[str] = set()

    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:  # noqa: ARG002 - Target's signature
        """See Target."""
        if layout.format not in ("ndjson", "csv"):
            raise InvalidInput("what is loaded back is NDJSON or CSV: export in one of these")
        if columns is not None and not set(columns) >= NEEDED:
            raise InvalidInput(f"an export that is loaded back has at least the columns {', '.join(sorted(NEEDED))}")

    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> Exported:  # noqa: ARG002 - likewise
        """See Target; the end record of a streamed answer is no event."""
        if set(fields) == {"end"}:
            return END
        if not fields.keys() >= NEEDED:
            raise InvalidInput(f"no exported event: it lacks {', '.join(sorted(NEEDED - fields.keys()))}")
        payload = fields["payload"]
        event = {"time": fields["time"], "payload": _read(payload) if isinstance(payload, str) else payload}
        texts = {theirs: fields[ours] for ours, theirs in TEXTS.items() if fields.get(ours)}
        return self._stream or str(fields["stream"]), event | texts

    def prepare_store(self) -> None:
        """See Target; streams are made when their first event comes."""

    def store_rows(self, rows: Sequence[Exported]) -> Stored:
        """See Target."""
        by_stream: dict[str, list[int]] = defaultdict(list)
        for place, (stream, _) in enumerate(rows):
            by_stream[stream].append(place)
        ends = len(by_stream.pop(END[0], ()))
        refused: list[tuple[int, str]] = []
        for stream, places in by_stream.items():
            self._prepare(stream)
            results = services.append_events(self._owner, stream, [rows[place][1] for place in places])
            unknown = next((result for result in results if result.status == "unknown"), None)
            if unknown:
                raise OutcomeUnknown(unknown.reason, store="timeseries")
            pairs = zip(places, results, strict=True)
            refused += [(place, result.reason) for place, result in pairs if result.status == "rejected"]
        return Stored(new=len(rows) - ends - len(refused), refused=sorted(refused))

    def _prepare(self, stream: str) -> None:
        if stream in self._known:
            return
        try:
            selectors.stream_by_name(self._owner, stream)
        except NotFound as error:
            if self._new_stream is None:
                raise NotFound(f"there is no stream {stream!r}: make it with --create-stream") from error
            new = self._new_stream
            services.create_stream(
                self._owner,
                name=stream,
                retention=new.retention,
                peak_rate=new.peak_rate,
                actor_may_read=new.actor_may_read,
            )
        self._known.add(stream)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the payload is no JSON: {error}", path="payload") from error
