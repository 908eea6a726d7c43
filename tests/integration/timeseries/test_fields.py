"""Fields as they come: catalogued before events are acknowledged, counted, and held against what a stream declares."""

from uuid import uuid4

import pytest

from core.errors import Conflict, InvalidInput, PermissionRefused, QuotaExceeded
from timeseries import fields, selectors, services, session
from timeseries.declarations import schema_of
from timeseries.directory import find_streams
from timeseries.memory import forget_everything
from timeseries.services import catalogue, schemas, tallies

from .conftest import MIDNIGHT, days_ago, stored

NOON = "2026-01-31T12:00:00Z"


def event(payload, time=NOON):
    return {"time": time, "payload": payload}


def catalogue_of(owner, name):
    tallies.flush()
    seen, left_out = selectors.stream_fields(owner, name)
    return {(each.path, each.type): each.events for each in seen}, left_out


def test_fields_are_catalogued_with_their_types_and_how_often_they_came(make_stream, owner):
    name = make_stream()
    early, late = "2024-05-05T05:05:05.000001Z", "2031-01-01T00:00:00Z"
    payloads = [{"n": 1, "tags": ["a", "b"]}, {"n": 2.5, "at": {"ip": "::1"}}, {"n": None}, {"n": 1, "tags": []}]
    stored(services.append_events(owner, name, [event(each) for each in payloads]))
    stored(services.append_events(owner, name, [event({"n": 3}, late), event({"n": 4}, early)]))
    assert catalogue_of(owner, name) == (
        {
            ("n", "int"): 4,
            ("n", "double"): 1,
            ("n", "null"): 1,
            ("tags", "array"): 2,
            ("tags[]", "text"): 1,
            ("at", "object"): 1,
            ("at.ip", "text"): 1,
        },
        0,
    )
    seen = {(each.path, each.type): each for each in selectors.stream_fields(owner, name)[0]}
    assert (seen["n", "int"].first_us, seen["n", "int"].last_us) == (1714885505000001, 1924992000000000)
    assert fields.column_types(name) == {
        "n": "double",
        "tags": "text",
        "tags[]": "text",
        "at": "text",
        "at.ip": "text",
    }
    assert fields.column_type(name, "nowhere") == "text"


def test_a_new_field_is_recorded_before_its_event_is_acknowledged(make_stream, owner):
    name = make_stream()
    stored(services.append_events(owner, name, [event({"a": n}) for n in range(200)] + [event({"a": 1, "rare": True})]))
    assert {each.path for each in selectors.stream_fields(owner, name)[0]} == {"a", "rare"}


def test_a_full_catalogue_says_how_much_it_left_out(make_stream, owner, monkeypatch):
    monkeypatch.setattr(catalogue, "MAX_FIELDS", 3)
    name = make_stream()
    stored(services.append_events(owner, name, [event({f"k{n}": n}) for n in range(5)]))
    seen, left_out = catalogue_of(owner, name)
    assert (len(seen), left_out) == (3, 2)


def test_a_schema_rejects_event_by_event_with_path_and_reason(make_stream, owner):
    name = make_stream()
    declared = {
        "fields": {"ip": "ip", "n": {"type": "int", "required": True}, "lines[].at": "timestamp"},
        "additional": False,
    }
    assert services.declare_schema(owner, name, declared).version == 1
    assert services.declare_schema(owner, name, declared).version == 1
    payloads = [
        {"n": 1, "ip": "10.0.0.1", "lines": [{"at": NOON}]},
        {"n": 1.5},
        {"ip": "10.0.0.1"},
        {"n": 1, "ip": "localhost"},
        {"n": 1, "more": 1},
        {"n": 1, "lines": [{"at": NOON}, {"at": "noon"}]},
        {"n": 1, "lines": "none"},
        {"n": 1, "ip": None},
    ]
    results = services.append_events(owner, name, [event(each) for each in payloads])
    assert [(each.status, each.path) for each in results] == [
        ("stored", ""),
        ("rejected", "payload.n"),
        ("rejected", "payload.n"),
        ("rejected", "payload.ip"),
        ("rejected", "payload.more"),
        ("rejected", "payload.lines[].at"),
        ("rejected", "payload.lines"),
        ("stored", ""),
    ]
    assert "'localhost' is no ip" in results[3].reason
    counted, _ = catalogue_of(owner, name)
    assert counted["lines[].at", "timestamp"] == 1
    assert fields.column_types(name)["lines[].at"] == "timestamp"


def test_another_schema_holds_for_new_events(make_stream, owner, stranger):
    name = make_stream()
    services.declare_schema(owner, name, {"fields": {"n": "int"}})
    assert services.append_events(owner, name, [event({"n": "x"})])[0].status == "rejected"
    assert services.declare_schema(owner, name, {"fields": {"n": "text"}}).version == 2
    stored(services.append_events(owner, name, [event({"n": "x", "more": 1})]))
    with pytest.raises(InvalidInput):
        services.declare_schema(owner, name, {"fields": {"n": "number"}})
    services.change_stream(owner, name, readers=[stranger.user_id])
    forget_everything()
    with pytest.raises(PermissionRefused):
        services.declare_schema(stranger, name, {"fields": {}})


def test_usage_is_counted_by_class_and_day(make_stream, owner):
    name = make_stream(retention="days7")
    payload = {"text": "é"}
    stored(services.append_events(owner, name, [event(payload, days_ago(age)) for age in (0, 1, 1)][:2]))
    stored(services.append_events(owner, name, [event(payload, days_ago(1))]))
    tallies.flush()
    today = int(MIDNIGHT.timestamp())
    size = len('{"text":"é"}'.encode())
    usage = selectors.stream_usage(owner, name)
    assert {day: (each.events, each.payload_bytes) for day, each in usage.items()} == {
        ("days7", today): (1, size),
        ("days7", today - 86_400): (2, 2 * size),  # sent again, it counts again
    }
    (life,) = [fields.key_of(find_streams([name])[name])]
    session.add_counts(tallies.ADD_USAGE, [(5, 5, *life, "days7", today - 8 * 86_400)])
    assert selectors.stream_usage(owner, name) == usage  # what has expired drops out
    total = selectors.usage_of(owner, owner.user_id)
    assert (total.owner, total.streams, total.usage.events) == (owner.user_id, 1, 3)


def test_an_owner_over_its_limit_is_told_and_nothing_is_stored(make_stream, owner, operator):
    name = make_stream()
    stored(services.append_events(owner, name, [event({"n": 1})]))
    tallies.flush()
    services.limit_usage(operator, owner.user_id, 5)
    with pytest.raises(QuotaExceeded, match="7 bytes of payload, and may have 5"):
        services.append_events(owner, name, [event({"n": 2})])
    services.limit_usage(operator, owner.user_id, 0)
    stored(services.append_events(owner, name, [event({"n": 2})]))
    services.limit_usage(operator, owner.user_id, None)
    assert selectors.usage_of(operator, owner.user_id).limit_bytes == 0
    with pytest.raises(PermissionRefused):
        services.limit_usage(owner, owner.user_id, 0)


def test_of_two_who_declare_at_once_one_wins(make_stream, owner, monkeypatch):
    name = make_stream()
    stream = find_streams([name])[name]
    row = (*fields.key_of(stream), 1, '{"fields":{}}', stream.created, uuid4())
    former = schema_of(stream, fresh=True)
    session.write(schemas.INSERT_SCHEMA, row)
    monkeypatch.setattr(schemas, "schema_of", lambda *_, **__: former)
    with pytest.raises(Conflict):
        services.declare_schema(owner, name, {"fields": {"n": "int"}})
