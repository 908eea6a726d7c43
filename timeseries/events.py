"""What an event is: as stored (`Event`), and as asked to be stored, checked (`NewEvent`). Pure.

Called by services (checking) and selectors (making).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from core.errors import InvalidInput, TooLarge
from core.times import format_time, parse_time
from timeseries.identity import event_id, of_client_id, of_content

FIELDS = frozenset({"time", "id", "actor", "kind", "level", "payload"})
MAX_PAYLOAD_BYTES = 64 * 1024
MAX_DEPTH = 100
FINER_THAN_MICROSECONDS = re.compile(r"[.,][0-9]{6}[0-9]*[1-9]")
ACTOR_PATTERN = r"(user:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?!user:)[^:]+:[\s\S]+)"
_actor_form = re.compile(ACTOR_PATTERN)
# An absent text is stored as the empty one: a null would be a tombstone in each row, and 100,000 of those fail a read.
TEXT_BYTES: Mapping[str, int] = {"id": 128, "actor": 256, "kind": 64, "level": 64}


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored; absent texts are None. `payload_json` is the canonical text, `payload` reads it."""

    id: UUID
    stream: str
    time: datetime
    actor: str | None
    kind: str | None
    level: str | None
    client_id: str | None
    payload_json: str

    @property
    def payload(self) -> dict[str, Any]:
        """Return the payload as a dict."""
        payload: dict[str, Any] = orjson.loads(self.payload_json)
        return payload


def members_of(event: Event) -> dict[str, Any]:
    """Return an event's members as JSON shows them, for orjson; the payload goes through as it is stored."""
    return {
        "id": str(event.id),
        "stream": event.stream,
        "time": format_time(event.time),
        "actor": event.actor,
        "kind": event.kind,
        "level": event.level,
        "client_id": event.client_id,
        "payload": orjson.Fragment(event.payload_json),
    }


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that may be stored; absent texts are empty, `payload_json` has sorted keys."""

    time: datetime
    payload_json: str
    actor: str = ""
    kind: str = ""
    level: str = ""
    client_id: str = ""

    def id_in(self, stream: str) -> UUID:
        """Return the event's identity in a stream. Raises: InvalidInput for a time that no id can hold."""
        if self.client_id:
            return event_id(stream, self.time, of_client_id(self.client_id))
        return event_id(stream, self.time, of_content(self.payload_json, self.actor, self.kind, self.level))


def parse_event(raw: Mapping[str, Any]) -> NewEvent:
    """Check one event as JSON has it: `time` (RFC 3339 text or aware datetime), `payload` (object), and the texts
    `id`, `actor`, `kind`, `level`, which may be missing or null.

    Raises: InvalidInput (TooLarge) naming the field.
    """  # noqa: D205 - one sentence on two lines
    if not isinstance(raw, Mapping):
        raise InvalidInput("an event is a JSON object")
    if not raw.keys() <= FIELDS:
        unknown = min(str(name) for name in set(raw) - FIELDS)[:40]
        raise InvalidInput(f"an event has no field {unknown!r}; it has {', '.join(sorted(FIELDS))}", path=unknown)
    return NewEvent(
        time=_check_time(raw.get("time")),
        payload_json=_check_payload(raw.get("payload", {})),
        actor="" if raw.get("actor") is None else check_actor(raw["actor"]),
        kind=_check_text(raw, "kind"),
        level=_check_text(raw, "level"),
        client_id=_check_text(raw, "id"),
    )


def _check_time(value: Any) -> datetime:
    if isinstance(value, str):
        if FINER_THAN_MICROSECONDS.search(value):
            # Cut, two events of one microsecond would become one.
            remedy = "round it, and keep the rest in the payload"
            raise InvalidInput(f"{value[:40]!r} is finer than a microsecond: {remedy}", path="time")
        return parse_time(value, path="time")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise InvalidInput("an event needs a time with its offset: 2026-01-31T12:00:00Z", path="time")


def check_text(value: Any, name: str, *, path: str = "") -> str:
    """Return the text of an event's field. Raises: InvalidInput, TooLarge."""
    path = path or name
    if type(value) is str and value.isascii() and 0 < len(value) <= TEXT_BYTES[name] and "\0" not in value:
        return value
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} must be a text that is not empty, or be left out", path=path)
    encoded = _encode(value, path)
    if len(encoded) > TEXT_BYTES[name]:
        raise TooLarge(f"{name} has {len(encoded)} bytes; at most {TEXT_BYTES[name]}", path=path)
    return value


def check_actor(value: Any, *, path: str = "actor") -> str:
    """Return an actor as links write it: a user's UUID in small letters. Raises: InvalidInput, TooLarge."""
    actor = check_text(value, "actor", path=path)
    if not _actor_form.fullmatch(actor):
        raise InvalidInput(f"{actor[:60]!r} is no actor: write user:<uuid> or <source>:<key>", path=path)
    return actor.lower() if actor.startswith("user:") else actor


def _check_text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return "" if value is None else check_text(value, name)


def _encode(value: str, path: str) -> bytes:
    if "\0" in value:
        raise InvalidInput("a text must not hold a NUL", path=path)
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("a text must not hold half a surrogate pair", path=path) from error


def _check_payload(payload: Any) -> str:
    if not isinstance(payload, Mapping):
        raise InvalidInput("a payload is a JSON object", path="payload")
    _check_values(payload)
    try:
        encoded = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        if "surrogate" in str(error):
            raise InvalidInput("a text must not hold half a surrogate pair", path="payload") from error
        raise InvalidInput(f"the payload is no JSON: {error}", path="payload") from error
    # With the escaped backslashes gone, this can only be an escaped NUL.
    if b"\\u0000" in encoded and b"\\u0000" in encoded.replace(b"\\\\", b""):
        raise InvalidInput("a text must not hold a NUL", path="payload")
    if len(encoded) > MAX_PAYLOAD_BYTES:
        raise TooLarge(f"the payload has {len(encoded)} bytes; at most {MAX_PAYLOAD_BYTES}", path="payload")
    return encoded.decode()


def _check_values(payload: Any) -> None:
    """Check what orjson would write without a word: NaN, Infinity, things that are not of JSON; and the depth."""
    level: list[Any] = [payload]
    for _ in range(MAX_DEPTH):
        level = [value for item in level for value in _inner(item) if not _is_plain(value)]
        if not level:
            return
    raise TooLarge(f"the payload is nested deeper than {MAX_DEPTH}", path="payload")


def _inner(item: Any) -> Iterable[Any]:
    return item.values() if isinstance(item, Mapping) else item


def _is_plain(value: Any) -> bool:
    """Tell a finished value from an object or array. Raises: InvalidInput for what is none of these."""
    kind = type(value)
    if kind is str or kind is int or value is None or kind is bool:
        return True
    if kind is dict or kind is list:
        return False
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput("a payload must not hold NaN or Infinity", path="payload")
        return True
    if isinstance(value, (str, int)):
        return True
    raise InvalidInput(f"the payload is no JSON: {type(value).__name__}", path="payload")
