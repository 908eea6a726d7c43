"""Events as clients send them: what is taken, how it is written, and what is refused with the field's name."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, TooLarge
from timeseries.events import MAX_DEPTH, MAX_PAYLOAD_BYTES, parse_event

DOCS = Path(__file__).parents[3] / "docs"
TIME = "2026-01-31T12:00:00.000001Z"
NO_ACTORS = ["nobody", ":", "a:", ":a", "user:abc", f"user:{UUID(int=1).hex}", f"user:{UUID(int=1)}\n", "user:\u0660"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=20,
)


def nested(depth):
    value: dict[str, object] = {}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


@given(st.dictionaries(texts, values, max_size=5))
def test_a_payload_comes_back_as_it_went_in(payload):
    event = parse_event({"time": TIME, "payload": payload})
    assert orjson.loads(event.payload_json) == payload


@given(st.dictionaries(texts, values, max_size=5))
def test_the_order_of_keys_makes_no_other_event(payload):
    turned = dict(reversed(payload.items()))
    assert parse_event({"time": TIME, "payload": payload}) == parse_event({"time": TIME, "payload": turned})


def test_what_is_left_out_or_null_is_absent():
    event = parse_event({"time": TIME, "actor": None})
    assert event == parse_event({"time": TIME, "payload": {}})
    assert (event.actor, event.kind, event.level, event.client_id, event.payload_json) == ("", "", "", "", "{}")
    assert event.time == datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC)


def test_a_time_may_be_a_datetime_of_any_zone():
    there = datetime(2026, 1, 31, 21, 0, 0, 1, tzinfo=timezone(timedelta(hours=9)))
    assert parse_event({"time": there}).time == parse_event({"time": TIME}).time


def test_an_actor_is_written_as_links_write_it():
    def actor(text):
        return parse_event({"time": TIME, "actor": text}).actor

    user = "user:01a1fd80-af12-7652-b462-4c67f130d496"
    assert actor(user) == actor("user:01A1FD80-AF12-7652-B462-4C67F130D496") == user
    kept = ["OpenSSH.user:root", "a:b:c", "Linux.user:ROOT", "users: ", "q:\n\n"]
    assert [actor(text) for text in kept] == kept


def test_zeros_finer_than_a_microsecond_say_nothing():
    assert parse_event({"time": "2026-01-31T12:00:00.000001000Z"}).time == parse_event({"time": TIME}).time


@pytest.mark.parametrize(
    ("raw", "path", "reason"),
    [
        ([], "", "is a JSON object"),
        ({"time": TIME, "colour": 1}, "colour", "no field 'colour'"),
        ({}, "time", "needs a time"),
        ({"time": "2026-01-31T12:00:00"}, "time", "no offset"),
        ({"time": "yesterday"}, "time", "no time"),
        ({"time": "2026-08-01T00:00:00.0000011Z"}, "time", "finer than a microsecond: round it"),
        ({"time": "2026-08-01T00:00:00,000001001+01:00"}, "time", "finer than a microsecond: round it"),
        ({"time": 1_769_860_800}, "time", "needs a time"),
        ({"time": datetime(2026, 1, 31)}, "time", "needs a time"),
        ({"time": TIME, "payload": None}, "payload", "JSON object"),
        ({"time": TIME, "payload": [1]}, "payload", "JSON object"),
        ({"time": TIME, "payload": {"a": float("nan")}}, "payload", "NaN"),
        ({"time": TIME, "payload": {"a": [-float("inf")]}}, "payload", "Infinity"),
        ({"time": TIME, "payload": {"a": 2**64}}, "payload", "64-bit"),
        ({"time": TIME, "payload": {"a": Decimal(1)}}, "payload", "Decimal"),
        ({"time": TIME, "payload": {1: 2}}, "payload", "str"),
        ({"time": TIME, "payload": {"a": "x\0y"}}, "payload", "NUL"),
        ({"time": TIME, "payload": {"x\0": 1}}, "payload", "NUL"),
        ({"time": TIME, "payload": {"a": "\ud800"}}, "payload", "surrogate"),
        ({"time": TIME, "actor": ""}, "actor", "not empty"),
        ({"time": TIME, "actor": 7}, "actor", "must be a text"),
        ({"time": TIME, "actor": "a\0"}, "actor", "NUL"),
        *(({"time": TIME, "actor": actor}, "actor", "write user:<uuid> or <source>:<key>") for actor in NO_ACTORS),
        ({"time": TIME, "id": "\udfff"}, "id", "surrogate"),
    ],
)
def test_what_is_wrong_is_named(raw, path, reason):
    with pytest.raises(InvalidInput, match=reason) as caught:
        parse_event(raw)
    assert caught.value.path == path


@pytest.mark.parametrize(("name", "at_most"), [("id", 128), ("actor", 256), ("kind", 64), ("level", 64)])
def test_texts_are_bounded_in_bytes(name, at_most):
    assert parse_event({"time": TIME, name: "é:" + "é" * ((at_most - 3) // 2)})
    with pytest.raises(TooLarge, match=f"at most {at_most}") as caught:
        parse_event({"time": TIME, name: "é" * (at_most // 2) + "x"})
    assert caught.value.path == name


def test_a_payload_is_bounded_in_bytes_and_depth():
    rest = MAX_PAYLOAD_BYTES - len(json.dumps({"a": ""}, separators=(",", ":")))
    assert len(parse_event({"time": TIME, "payload": {"a": "x" * rest}}).payload_json) == MAX_PAYLOAD_BYTES
    with pytest.raises(TooLarge, match="bytes"):
        parse_event({"time": TIME, "payload": {"a": "x" * (rest + 1)}})
    assert parse_event({"time": TIME, "payload": nested(MAX_DEPTH)})
    with pytest.raises(TooLarge, match="deeper than 100"):
        parse_event({"time": TIME, "payload": nested(MAX_DEPTH + 1)})


def test_a_deep_payload_is_no_recursion_error():
    with pytest.raises(TooLarge, match="deeper than 100"):
        parse_event({"time": TIME, "payload": nested(50_000)})


def test_identity_is_the_clients_or_else_everything_that_is_said():
    def event(**changes):
        return parse_event({"time": TIME, "payload": {"a": 1}, "actor": "a:x", **changes}).id_in("s")

    assert event(id="1") == event(id="1", payload={"a": 2}, actor="a:y", kind="k")
    assert event(id="1") != event(id="2")
    others = [event(payload={"a": 2}), event(actor="a:y"), event(kind="x"), event(level="x"), event(id="1")]
    assert len({event(), *others}) == 6


ODD_TEXTS = st.text(st.sampled_from(["\\", "u", "0", "\0", "\ud800", "a", '"', "\x01"]), max_size=8)


@given(st.dictionaries(ODD_TEXTS, st.one_of(ODD_TEXTS, st.lists(ODD_TEXTS, max_size=2)), max_size=3))
def test_a_payload_is_refused_where_a_text_of_it_is_none_and_only_there(payload):
    texts = [*payload, *(text for value in payload.values() for text in ([value] if isinstance(value, str) else value))]
    if any("\0" in text or "\ud800" in text for text in texts):
        with pytest.raises(InvalidInput, match="NUL|surrogate"):
            parse_event({"time": "2026-01-31T12:00:00Z", "payload": payload})
    else:
        assert orjson.loads(parse_event({"time": "2026-01-31T12:00:00Z", "payload": payload}).payload_json) == payload


def test_the_id_that_the_docs_show_is_that_of_their_example():
    shown = {"time": "2026-01-31T12:00:00Z", "kind": "click", "payload": {"page": 1}}
    assert json.dumps(shown) in (DOCS / "events.md").read_text()
    for page in ("events.md", "live.md"):
        assert str(parse_event(shown).id_in("notes")) in (DOCS / page).read_text()
