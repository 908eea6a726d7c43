"""The structures that the C library reads and fills, as native/sources/events.h and batches.c have them. No logic.

Called by `compiled` only.
"""

import ctypes
from typing import ClassVar

ACTOR, KIND, LEVEL, CLIENT_ID, PAYLOAD = range(5)
LEFT, PLACED, DROPPED = range(3)
BY_STREAM, BY_ACTOR = range(2)


class Text(ctypes.Structure):
    """Where a text lies in the texts."""

    _fields_: ClassVar = [("at", ctypes.c_uint32), ("length", ctypes.c_uint32)]


class StreamVersion(ctypes.Structure):
    """What holds for the stream's events from a time on."""

    _fields_: ClassVar = [
        ("valid_from_s", ctypes.c_int64),
        ("width_s", ctypes.c_int64),
        ("shards", ctypes.c_int32),
        ("days", ctypes.c_int32),
        ("retention", ctypes.c_int32),
        ("unused", ctypes.c_int32),
    ]


class ActorVersion(ctypes.Structure):
    """How events that name an actor are laid out from a time on."""

    _fields_: ClassVar = [
        ("valid_from_s", ctypes.c_int64),
        ("width_s", ctypes.c_int64),
        ("groups", ctypes.c_int32),
        ("retention", ctypes.c_int32),
        ("actor", ctypes.c_char_p),
        ("length", ctypes.c_uint64),
    ]


class Settings(ctypes.Structure):
    """What all events of a chunk are read and placed under."""

    _fields_: ClassVar = [
        ("stream", ctypes.c_char_p),
        ("stream_length", ctypes.c_uint64),
        ("streams", ctypes.POINTER(StreamVersion)),
        ("actors", ctypes.POINTER(ActorVersion)),
        ("stream_versions", ctypes.c_uint64),
        ("actor_versions", ctypes.c_uint64),
        ("now_us", ctypes.c_int64),
        ("last_expiry_us", ctypes.c_int64),
        ("max_ttl_s", ctypes.c_int64),
        ("max_payload", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
    ]


class EventRecord(ctypes.Structure):
    """A line: left to the portable way, or an event that is placed."""

    _fields_: ClassVar = [
        ("id", ctypes.c_uint8 * 16),
        ("time_us", ctypes.c_int64),
        ("bucket", ctypes.c_int64),
        ("actor_bucket", ctypes.c_int64),
        ("shape", ctypes.c_uint64),
        ("texts", Text * 5),
        ("line", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
        ("lane", ctypes.c_uint32),
        ("actor_version", ctypes.c_uint32),
        ("ttl_s", ctypes.c_int32),
        ("shard", ctypes.c_uint16),
        ("state", ctypes.c_uint8),
        ("version", ctypes.c_uint8),
    ]


class BatchRecord(ctypes.Structure):
    """Rows of one partition: where they lie, their payloads' bytes, which of the order they are."""

    _fields_: ClassVar = [
        ("at", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("payload", ctypes.c_uint64),
        ("first", ctypes.c_uint32),
        ("rows", ctypes.c_uint32),
    ]


class Shape(ctypes.Structure):
    """A shape of payloads, how many events have it, of which times, and the place of one."""

    _fields_: ClassVar = [
        ("shape", ctypes.c_uint64),
        ("first_us", ctypes.c_int64),
        ("last_us", ctypes.c_int64),
        ("place", ctypes.c_uint32),
        ("events", ctypes.c_uint32),
    ]


class Sorted(ctypes.Structure):
    """An event's place, and what it is sorted by."""

    _fields_: ClassVar = [("key", ctypes.c_uint64), ("place", ctypes.c_uint64)]


class Statement(ctypes.Structure):
    """A prepared statement's id."""

    _fields_: ClassVar = [("id", ctypes.c_char_p), ("length", ctypes.c_uint64)]


class Table(ctypes.Structure):
    """What rows are written from, of which table (BY_STREAM, BY_ACTOR)."""

    _fields_: ClassVar = [
        ("settings", ctypes.POINTER(Settings)),
        ("statements", ctypes.POINTER(Statement)),
        ("texts", ctypes.c_void_p),
        ("written_us", ctypes.c_int64),
        ("max_rows", ctypes.c_int64),
        ("max_bytes", ctypes.c_int64),
        ("table", ctypes.c_int32),
        ("unused", ctypes.c_int32),
    ]
