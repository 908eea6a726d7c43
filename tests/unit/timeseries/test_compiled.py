"""What the C library places is what Python places; what it is not sure of, it leaves. Random and picked lines."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import native
from core.errors import InvalidInput
from core.strict_json import parse_json
from core.times import format_time
from timeseries.events import parse_event
from timeseries.partitions import BEGINNING, Layout
from timeseries.placement import place_event
from timeseries.services.compiled import CompiledEvents
from timeseries.services.frame import Frame
from timeseries.streams import ActorSettings, Stream, StreamSettings

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OWNER = UUID(int=1)
STREAM = Stream(
    "shop.log",
    OWNER,
    frozenset(),
    frozenset(),
    actor_may_read=False,
    created=NOW,
    settings=(
        StreamSettings(BEGINNING, "forever", 1.0, Layout(86_400, 1)),
        StreamSettings(date(2026, 5, 20), "days7", 50.0, Layout(3_600, 7)),
        StreamSettings(date(2026, 5, 28), "days90", 5_000.0, Layout(60, 30)),
    ),
)
ACTORS = {
    name: {
        "": [ActorSettings(BEGINNING, Layout(86_400, 64)), ActorSettings(date(2026, 5, 20), Layout(86_400, 200))],
        "shop:hot": [
            ActorSettings(date(2026, 5, 10), Layout(3_600, 0)),
            ActorSettings(date(2026, 5, 25), Layout(60, 0)),
        ],
        "shop:hit": [ActorSettings(date(2026, 5, 10), Layout(60, 0))],
    }
    for name in ("forever", "days90", "days7")
}
FRAME = Frame(STREAM, ACTORS, NOW)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
PAYLOADS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.decimals(-(10**6), 10**6, places=3).map(float)
        | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2039, 1, 1)) | st.datetimes(
    datetime(2026, 4, 28),
    datetime(2026, 6, 2),
)
ACTOR_TEXTS = st.sampled_from(["shop:hot", "shop:hit", "shop:1", f"user:{OWNER}".upper().replace("USER", "user"), "x"])
EVENTS = st.fixed_dictionaries(
    {"time": TIMES.map(lambda when: format_time(when.replace(tzinfo=UTC)))},
    optional={
        "payload": PAYLOADS,
        "actor": ACTOR_TEXTS | TEXTS.map("ä:{}".format) | st.none(),
        "kind": TEXTS | st.none(),
        "level": TEXTS,
        "id": TEXTS,
    },
)


def read(line):
    """What the library makes of a line: its placement, or None where it leaves it."""
    library = native.library()
    assert library is not None
    compiled = CompiledEvents(library, FRAME, line, most=10)
    assert (compiled.count, compiled.consumed) == (1, len(line))
    assert compiled.left == ([] if compiled.placed else [(0, line)])
    return compiled.placement(0) if compiled.placed else None


def portably(line):
    try:
        return place_event(STREAM, parse_event(parse_json(line)), ACTORS, NOW)
    except InvalidInput:
        return None


def assert_equal(line):
    found = read(line)
    if found is not None:
        wanted = portably(line)
        assert wanted is not None, "refused by Python"
        for name in ("event", "id", "stream", "retention", "ttl_s", "layout", "stream_key", "actor_key"):
            assert getattr(found, name) == getattr(wanted, name), name
    return found


@given(EVENTS, st.booleans(), st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :\r")]))
def test_what_is_placed_is_placed_as_by_python(event, is_ascii, is_sorted, separators):
    assert_equal(json.dumps(event, ensure_ascii=is_ascii, sort_keys=is_sorted, separators=separators).encode())


@given(
    EVENTS,
    st.integers(0, 300),
    st.sampled_from([b'"', b"\\", b"{", b"}", b",", b"0", b"\xc3", b"\xed\xa0", b"e9", b" ", b""]),
)
def test_a_broken_line_is_not_placed_otherwise_than_by_python(event, at, put_in):
    line = json.dumps(event, ensure_ascii=False).encode()
    assert_equal(line[:at] + put_in + line[at + 1 :])


def event(**fields):
    return json.dumps({"time": "2026-05-31T12:00:00Z", **fields}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "12345678901234567", "0.5", "-0.5", "1.0", "1.50", "100.0", "0.0", "0.001", "1234567.25", "0.30000000000000004",
     "0.8444218515250481", "123456789012345.5", "17.100000000000001"],
)  # fmt: skip
def test_ordinary_numbers_are_placed(number):
    line = b'{"time": "2026-05-31T12:00:00Z", "payload": {"n": %s}}' % number.encode()
    found = assert_equal(line)
    assert found is not None or number == "17.100000000000001"


@given(st.floats(-1e15, 1e15), st.integers(1, 17))
def test_numbers_are_placed_as_by_python_or_left(number, digits):
    assert_equal(b'{"time": "2026-05-31T12:00:00Z", "payload": {"n": %s}}' % f"{number:.{digits}f}".encode())
    assert_equal(b'{"time": "2026-05-31T12:00:00Z", "payload": {"n": %s}}' % repr(number).encode())


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"payload": {}},
        {"payload": {"b": 1, "a": {"z": [{"y": 1, "x": 2}], "": None}}, "actor": "shop:1", "id": "é/1"},
        {"payload": {"text": 'quote " slash \\ / tab \t line \n bell \x07 del \x7f ☃ \U0001f600'}},
        {"payload": {str(number): number for number in range(200)}},
        {"actor": "user:0000000A-0000-0000-0000-00000000000F", "kind": "k" * 64, "level": "ü" * 32},
        {"actor": "a::b\nc"},
    ],
)
@pytest.mark.parametrize(
    "time", ["2026-05-31T12:00:00.5+09:00", "1970-01-01T00:00:00Z", "2000-02-29T23:59:59.999999-00:30"]
)
def test_ordinary_events_are_placed(fields, time):
    for is_ascii in (False, True):
        assert assert_equal(json.dumps({**fields, "time": time}, ensure_ascii=is_ascii).encode()) is not None


@pytest.mark.parametrize(
    "line",
    [
        b" ",
        b"7",
        b"[]",
        b"{}",
        event(colour=1),
        event(time="2026-05-31T12:00:00"),
        event(time="2026-05-31T12:00:00.1234567Z"),
        event(time="2026-02-29T12:00:00Z"),
        event(time="9999-12-31T23:59:59Z"),
        event(time="2026-05-31T24:00:00Z"),
        event(time="2026-05-24T12:00:00Z"),
        event(kind=""),
        event(kind="k" * 65),
        event(actor="user:abc"),
        event(actor=":x"),
        event(actor="x:"),
        event(payload=[]),
        event(payload={"a": 2**63}),
        event(payload={"a": float("nan")}),
        event(payload={"a": "x" * 65_536}),
        event() + b"x",
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": 1, "a": 2}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"b": 1, "a": 2, "b": 3}}',
        b'{"time": "2026-05-31T12:00:00Z", "time": "2026-05-31T12:00:00Z"}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": "\\u0000"}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": "\\ud800"}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": "\xff"}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": 01}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": -0}}',
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": ' + b"[" * 101 + b"]" * 101 + b"}}",
        b'{"time": "2026-05-31T12:00:00Z", "payload": {"a": [1,]}}',
    ],
)
def test_what_is_wrong_or_doubtful_is_left(line):
    assert read(line) is None


def test_lines_are_cut_and_counted():
    library = native.library()
    assert library is not None
    lines = event() + b"\r\n\n" + event(id="1") + b"\nno\n" + event(id="2")
    compiled = CompiledEvents(library, FRAME, lines, most=10)
    assert (compiled.count, compiled.consumed, compiled.placed) == (5, len(lines), 3)
    assert compiled.left == [(1, b""), (3, b"no")]
    assert compiled.with_client_ids() == [2, 4]
    few = CompiledEvents(library, FRAME, lines, most=2)
    assert (few.count, lines[few.consumed :]) == (2, event(id="1") + b"\nno\n" + event(id="2"))
