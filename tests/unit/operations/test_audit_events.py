"""What the audit stream tells of a collection's change, as far as an event can hold it."""

import pytest

from core.ids import new_id
from core.times import parse_time
from operations.relay.handlers.collections import MAX_ASKED_BYTES, make_event
from relational.rows import MessageRow
from timeseries.events import MAX_PAYLOAD_BYTES

NOON = "2026-01-31T12:00:00Z"


def asked(schema):
    payload = {
        "change_id": str(new_id()),
        "change": "changed",
        "collection": "letters",
        "asked": {"visibility": "private", "schema": schema},
        "by": str(new_id()),
        "at": NOON,
        "is_settled": True,
    }
    message = MessageRow(1, "collection.changed", "collection:letters", payload, 0, parse_time(NOON))
    return make_event(message)["payload"]["asked"]


@pytest.mark.parametrize(("length", "told"), [(10, {"visibility", "schema"}), (MAX_ASKED_BYTES, {"visibility"})])
def test_a_schema_that_no_event_can_hold_is_left_out(length, told):
    assert set(asked({"description": "x" * length})) == told


def test_what_is_told_leaves_room_in_an_event():
    assert MAX_ASKED_BYTES + 1000 < MAX_PAYLOAD_BYTES
