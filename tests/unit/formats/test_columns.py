"""Which columns there are, what fields of the payload become by type, and columns that are computed."""

import io
from datetime import UTC, datetime

import orjson
import pyarrow.parquet as pq
import pytest

import native
from core.errors import InvalidInput, StoreError
from formats import columns_of, computed_column, needed_columns, open_encoder
from tests.pages import page_of, row_of

KINDS = pytest.mark.parametrize("kind", [native.COMPILED, native.PORTABLE])
VALUES = [1, -1.5, True, "x", "2026-01-31T12:00:00+01:00", None, {"a": [1]}, 1 << 63, "=1"]
FITTING: dict[str, list[object]] = {
    "int64": [1, None, None, None, None, None, None, None, None],
    "double": [1.0, -1.5, None, None, None, None, None, float(1 << 63), None],
    "bool": [None, None, True, None, None, None, None, None, None],
    "text": ["1", "-1.5", "true", "x", "2026-01-31T12:00:00+01:00", None, '{"a":[1]}', str(1 << 63), "=1"],
    "timestamp": [None, None, None, None, datetime(2026, 1, 31, 11, tzinfo=UTC), None, None, None, None],
}
MISFITS = {"int64": 7, "double": 5, "bool": 7, "text": 0, "timestamp": 7}
ROWS = [row_of(payload=orjson.dumps({"a": {"v": value}}).decode()) for value in VALUES]


def encoded(format_name, page, columns):
    encoder = open_encoder(format_name, columns, compression="none", is_neutral=True)
    pieces = [bytes(piece) for piece in (encoder.begin(), encoder.encode(page), encoder.end())]
    return b"".join(pieces), encoder.misfits


def in_json(value):
    return "2026-01-31T11:00:00.000000Z" if isinstance(value, datetime) else value


@KINDS
@pytest.mark.parametrize("field_type", FITTING)
def test_a_field_is_typed_and_what_does_not_fit_is_null_and_counted(kind, field_type):
    columns = columns_of(["payload.a.v"], types={"payload.a.v": field_type})
    lines, misfits = encoded("ndjson", page_of(ROWS, kind), columns)
    assert [orjson.loads(line)["payload.a.v"] for line in lines.splitlines()] == [
        in_json(v) for v in FITTING[field_type]
    ]
    assert misfits == {"payload.a.v": MISFITS[field_type]}
    table = pq.read_table(io.BytesIO(encoded("parquet", page_of(ROWS, kind), columns)[0]))
    assert table.column("payload.a.v").to_pylist() == FITTING[field_type]


@KINDS
def test_a_fields_text_in_csv_is_quoted_and_no_formula_but_a_number_stays_one(kind):
    lines, _ = encoded("csv", page_of(ROWS[-1:], kind), columns_of(["payload.a.v"]))
    assert lines == b"payload.a.v\r\n'=1\r\n"
    columns = columns_of(["payload.a.v", "id"], types={"payload.a.v": "double"})
    lines, _ = encoded("csv", page_of(ROWS[1:2], kind), columns)
    assert lines.splitlines()[1] == b"-1.5,5e5d2000-fe9c-11f0-8e63-13be4ee4d2cf"


@KINDS
def test_a_key_with_a_dot_is_meant_where_there_is_one(kind):
    rows = [row_of(payload=text) for text in ('{"a.b": 1, "a": {"b": 2}}', '{"a": {"b": 2}}', '{"a": 3}')]
    lines, _ = encoded("ndjson", page_of(rows, kind), columns_of(["payload.a.b"], types={"payload.a.b": "int64"}))
    assert lines.splitlines() == [b'{"payload.a.b":1}', b'{"payload.a.b":2}', b'{"payload.a.b":null}']


@KINDS
@pytest.mark.parametrize("mask", [None, b"\1\0\1"])
def test_a_computed_column_takes_the_kept_rows_of_a_page(kind, mask):
    asked = []

    def reversed_actors(values):
        asked.append(values.column("actor"))
        return [actor[::-1] or None for actor in values.column("actor")]

    columns = (computed_column("actor", "text", reversed_actors, needs=["actor"]), *columns_of(["kind"]))
    assert needed_columns(columns) == ("actor", "kind")
    rows = [row_of(actor=actor, kind=actor) for actor in ("ab", "", "cd")]
    lines, _ = encoded("ndjson", page_of(rows, kind, mask=mask), columns)
    expected = [b'{"actor":"ba","kind":"ab"}', b'{"actor":null,"kind":null}', b'{"actor":"dc","kind":"cd"}']
    assert lines.splitlines() == [line for at, line in enumerate(expected) if mask is None or mask[at]]
    assert asked == [["ab", "", "cd"] if mask is None else ["ab", "cd"]]


def test_a_page_keeps_what_two_masks_keep():
    page = page_of([row_of(kind=name) for name in "abc"], native.COMPILED, mask=b"\1\1\0").keeping(b"\0\1\1")
    assert page.rows == 1
    assert encoded("ndjson", page, columns_of(["kind"]))[0] == b'{"kind":"b"}\n'


@pytest.mark.parametrize("format_name", ["ndjson", "csv", "parquet", "arrow"])
def test_a_malformed_page_is_an_error_of_the_store(format_name):
    page = page_of([row_of()], native.COMPILED, columns=("kind", "id"))
    broken = page_of([row_of()], native.COMPILED, columns=("id", "kind"))
    for body in (page.body[:-1], broken.body):
        wrong = type(page)(0, 1, body, page.position, True, page.kind, page.columns, 1)
        with pytest.raises(StoreError, match="malformed"):
            encoded(format_name, wrong, columns_of(["id", "kind"]))


@pytest.mark.parametrize(
    ("names", "types", "reason"),
    [
        ([], {}, "at least one"),
        (["id", "id"], {}, "once"),
        (["stremm"], {}, "no column 'stremm'"),
        (["payload."], {}, "no column"),
        (["payload.a..b"], {}, "no column"),
        (["payload.a"], {"payload.a": "decimal"}, "type 'decimal'"),
        (["payload.a"], {"payload.a": "json"}, "type 'json'"),
    ],
)
def test_columns_that_there_are_not_are_refused(names, types, reason):
    with pytest.raises(InvalidInput, match=reason):
        columns_of(names, types=types)
