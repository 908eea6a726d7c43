"""What a stream's payloads have: its schema, the catalogue of fields, and how much it holds."""

from uuid import UUID

from core.errors import NotFound
from core.principals import Principal
from timeseries.declarations import schema_of
from timeseries.directory import find_streams
from timeseries.fields import SeenField, key_of, seen_fields
from timeseries.payload_schemas import PayloadSchema
from timeseries.selectors.events import check_readable
from timeseries.selectors.streams import stream_by_name
from timeseries.usage import Day, OwnerUsage, Usage, usage_by_day, usage_of_owners


def stream_schema(principal: Principal, name: str) -> PayloadSchema:
    """Return the schema that holds for new events; whoever sees the stream may know it.

    Raises: NotFound, StoreUnavailable, StoreTimeout.
    """
    return schema_of(stream_by_name(principal, name), fresh=True)


def stream_fields(principal: Principal, name: str) -> tuple[list[SeenField], int]:
    """Return the catalogue of a stream's fields, and how often a full catalogue left one of an event out.

    Raises: NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    check_readable(principal, name)
    return seen_fields(find_streams([name])[name])


def stream_usage(principal: Principal, name: str) -> dict[Day, Usage]:
    """Return how much the stream holds, by retention class and UTC day.

    Raises: NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    check_readable(principal, name)
    return usage_by_day(key_of(find_streams([name])[name]))


def usage_page(principal: Principal, *, limit: int, after: UUID | None = None) -> list[OwnerUsage]:
    """Return what the principal's own streams hold, and each of its teams', by owner, those after the owner `after`.

    Raises: StoreUnavailable, StoreTimeout.
    """
    wanted = [owner for owner in sorted(principal.owner_ids) if after is None or owner > after][:limit]
    found = usage_of_owners(wanted)
    return [found[each] for each in wanted]


def usage_of(principal: Principal, owner: UUID) -> OwnerUsage:
    """Return what an owner's streams hold.

    Raises: NotFound for one whose things the principal does not read, StoreUnavailable, StoreTimeout.
    """
    if not principal.reads_of(owner):
        raise NotFound("no such owner")
    return usage_of_owners([owner])[owner]
