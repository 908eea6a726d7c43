"""Declaring a stream's schema, and what an owner may hold."""

from typing import Any
from uuid import UUID

import orjson

from core.errors import Conflict, InvalidInput, PermissionRefused
from core.principals import Principal
from core.times import now
from timeseries.declarations import forget_schema, schema_of
from timeseries.fields import key_of
from timeseries.payload_schemas import PayloadSchema, parse_schema
from timeseries.services.streams import changeable_stream
from timeseries.session import write
from timeseries.usage import forget_usage

MAX_BYTES = (1 << 63) - 1
INSERT_SCHEMA = (
    "INSERT INTO stream_schemas (stream, made, version, declared, created, created_by) VALUES (?, ?, ?, ?, ?, ?)"
    " IF NOT EXISTS"
)
INSERT_LIMIT = "INSERT INTO usage_limits (owner, payload_bytes) VALUES (?, ?)"
DELETE_LIMIT = "DELETE FROM usage_limits WHERE owner = ?"


def declare_schema(principal: Principal, name: str, declared: Any) -> PayloadSchema:
    """Let a schema hold for the events to come, as a new version; the same one again changes nothing.

    `declared` as `payload_schemas.parse_schema` reads it. What is stored stays as it is.

    Raises: NotFound, PermissionRefused, InvalidInput, Conflict when another was declared meanwhile; StoreUnavailable,
    OutcomeUnknown.
    """
    stream = changeable_stream(principal, name)
    schema, current = parse_schema(declared), schema_of(stream, fresh=True)
    if schema.as_json() == current.as_json():
        return current
    version, text = current.version + 1, orjson.dumps(schema.as_json()).decode()
    if not write(INSERT_SCHEMA, (*key_of(stream), version, text, now(), principal.user_id))[0][0]:
        raise Conflict(f"the stream {name!r} has got another schema meanwhile: read it again")
    forget_schema(stream)
    return schema_of(stream)


def limit_usage(principal: Principal, owner: UUID, payload_bytes: int | None) -> None:
    """Let an owner's streams hold so many payload bytes, 0 for as many as there are; None: as many as everybody's.

    Raises: PermissionRefused unless operator or admin, InvalidInput, StoreUnavailable, OutcomeUnknown.
    """
    if not principal.writes_everything:
        raise PermissionRefused("only operators and admins say how much an owner may store")
    if payload_bytes is not None and not 0 <= payload_bytes <= MAX_BYTES:
        raise InvalidInput(f"the limit is 0 to {MAX_BYTES} bytes", path="limit_bytes")
    write(*((DELETE_LIMIT, (owner,)) if payload_bytes is None else (INSERT_LIMIT, (owner, payload_bytes))))
    forget_usage(owner)
