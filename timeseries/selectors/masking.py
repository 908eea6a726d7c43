"""Events as a principal is shown them, under the column rules of their streams, and what it may not ask by."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from core.errors import PermissionRefused
from core.principals import Principal
from timeseries.column_rules import Mask
from timeseries.events import Event
from timeseries.selectors.column_rules import masks_for

NOT_ASKED = "hidden from you, or shown as pseudonyms"


def shown_events(principal: Principal, events: Sequence[Event], own: Collection[str] = ()) -> list[Event]:
    """Return events as the principal may see them; `own` actors are shown to whoever is one.

    Raises: StoreUnavailable, StoreTimeout.
    """
    masks = masks_for(principal, {event.stream for event in events}) if events else {}
    return [_shown(event, masks[event.stream], own) if event.stream in masks else event for event in events]


def check_asked(principal: Principal, stream: str, names: Iterable[str]) -> None:
    """Refuse to ask by fields of the stream that are not shown to the principal as they are.

    Raises: PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    mask = masks_for(principal, [stream]).get(stream)
    for name in names if mask is not None else ():
        if mask is not None and is_covered(mask, name):
            raise PermissionRefused(f"{name} is {NOT_ASKED}: no questions by it")


def check_whole(principal: Principal, stream: str) -> None:
    """Check that the principal sees every column of the stream.

    Raises: PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    if masks_for(principal, [stream]):
        raise PermissionRefused(f"columns of the stream {stream!r} are {NOT_ASKED}: read it page by page")


def is_covered(mask: Mask, name: str) -> bool:
    """Tell whether a rule is about the field, about one that it lies in, or about one within it."""
    return any(f"{name}.".startswith(f"{each}.") or f"{each}.".startswith(f"{name}.") for each in mask.rules)


def _shown(event: Event, mask: Mask, own: Collection[str]) -> Event:
    row = mask.apply(
        {
            "actor": event.actor,
            "kind": event.kind,
            "level": event.level,
            "client_id": event.client_id,
            "payload": event.payload_json,
        }
    )
    return replace(
        event,
        actor=event.actor if event.actor in own else row["actor"] or None,
        kind=row["kind"] or None,
        level=row["level"] or None,
        client_id=row["client_id"] or None,
        payload_json=row["payload"],
    )
