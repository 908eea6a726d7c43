"""One event as a line of NDJSON with an id, and one rejected line as it is kept. Pure but for the clock and chance."""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from trivium_client.errors import InvalidEvent

MAX_LINE_BYTES = 1 << 20


def new_event_id() -> str:
    """Make the text of a UUIDv7, which sorts by the millisecond it was made in. Source: RFC 9562, 5.7."""
    milliseconds = time.time_ns() // 1_000_000
    return str(
        UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))
    )


def encode_event(event: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the event's id (a new one where it has none) and its line, with the line end.

    `time` may be an aware datetime. What the fields mean is the server's to judge.

    Raises: InvalidEvent for what is no JSON object, or longer than MAX_LINE_BYTES.
    """
    if not isinstance(event, Mapping):
        raise InvalidEvent(f"an event is a mapping, not {type(event).__name__}")
    members = {**event, "id": new_event_id() if event.get("id") is None else event["id"]}
    if isinstance(members.get("time"), datetime):
        members["time"] = _format_time(members["time"])
    try:
        line = json.dumps(members, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent(f"no JSON can be made of the event: {error}") from error
    if len(line) > MAX_LINE_BYTES:
        raise InvalidEvent(f"the event has {len(line)} bytes; at most {MAX_LINE_BYTES}")
    return str(members["id"]), line


def describe_rejection(line: bytes, result: Mapping[str, Any]) -> bytes:
    """Return the line of `rejected.ndjson`: why, when, and the event (`line` where it is no JSON)."""
    rejection = {
        "code": result.get("code"),
        "path": result.get("path"),
        "reason": result.get("reason"),
        "rejected": _format_time(datetime.now(UTC)),
    }
    try:
        rejection["event"] = json.loads(line)
    except ValueError:
        rejection["line"] = line.decode(errors="backslashreplace").rstrip("\n")
    return json.dumps(rejection, ensure_ascii=True).encode() + b"\n"


def _format_time(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise InvalidEvent(f"the time {moment.isoformat()} has no offset: make it datetime(…, tzinfo=UTC)")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
