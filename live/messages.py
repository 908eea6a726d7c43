"""Server-sent events as bytes. Pure. Source: WHATWG HTML, 9.2."""

from typing import NamedTuple
from uuid import UUID

import orjson

from core.errors import StoreError, TriviumError
from timeseries.events import Event, members_of

CONTENT_TYPE = "text/event-stream"
RETRY_MS = 2_000
RETRY = f"retry: {RETRY_MS}\n\n".encode()
HEARTBEAT = b": still here\n\n"


class Message(NamedTuple):
    """An event as it goes out."""

    id: UUID
    text: bytes


class End(NamedTuple):
    """Why a stream ends: a stable code, and what to do."""

    code: str
    detail: str

    @property
    def text(self) -> bytes:
        """The last message, of the type `end`; it says when to connect again, too."""
        return b"event: end\ndata: %b\n%b" % (orjson.dumps(self._asdict()), RETRY)


TOO_SLOW = End("too_slow", "events came faster than they were read: connect again with Last-Event-ID")
TOKEN_ENDED = End("token_ended", "the access token has ended: connect again with a new one and Last-Event-ID")
STORE_AWAY = End("store_unavailable", "a store did not answer: connect again with Last-Event-ID")
UNEXPECTED = End("internal_error", "a mistake of ours: connect again with Last-Event-ID")
SHUTTING_DOWN = End("shutting_down", "this process ends: connect again with Last-Event-ID")


def end_of(error: TriviumError) -> End:
    """Say what an error means to a stream that is open; a store's own words are not for the caller."""
    return STORE_AWAY if isinstance(error, StoreError) else End(error.code, error.message)


def message_of(event: Event) -> Message:
    """Make the message of an event: its id, and the JSON that the API shows."""
    return Message(event.id, b"id: %b\ndata: %b\n\n" % (str(event.id).encode(), orjson.dumps(members_of(event))))
