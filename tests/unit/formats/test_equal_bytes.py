"""Both engines write the same, whatever the rows: held against each other, and against what Python's own tools say."""

import csv
import io

import orjson
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

import native
from formats import FORMATS, columns_of, open_encoder
from formats.columns import EVENT_COLUMNS
from tests.pages import page_of
from timeseries.events import Event, members_of
from timeseries.identity import MAX_TICKS, _join, time_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", "\x00", "\x1f\x7f", "\b\t\n\f\r", "=1", "+", "-x", "@", "\tx", "\r", "a,b", "a\r\nb", "é漢🎉", " x "]
)
ids = st.builds(_join, st.integers(0, MAX_TICKS), st.integers(0, (1 << 64) - 1))
rows_of_pages = st.lists(
    st.fixed_dictionaries(
        {
            "stream": texts,
            "id": ids,
            "actor": texts,
            "kind": texts | st.none(),
            "level": texts,
            "client_id": texts,
            "payload": st.dictionaries(texts, texts | st.integers(-(1 << 63), (1 << 63) - 1), max_size=3).map(
                lambda payload: orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()
            ),
            "written": st.integers(-(1 << 62), 1 << 62) | st.integers(0, 1 << 51),
            "ttl_s": st.none() | st.integers(0, (1 << 31) - 1),
        }
    ),
    max_size=6,
)
named = st.lists(st.sampled_from(sorted(EVENT_COLUMNS)), min_size=1, unique=True)


def file_of(format_name, page, columns, **options):
    """The bytes of a file of one page."""
    encoder = open_encoder(format_name, columns, compression="none", **options)
    return b"".join(bytes(piece) for piece in (encoder.begin(), encoder.encode(page), encoder.end()))


@settings(max_examples=60)
@given(rows_of_pages, named, st.data(), st.sampled_from(sorted(FORMATS)), st.booleans())
def test_both_engines_write_the_same_bytes(rows, names, data, format_name, is_neutral):
    mask = data.draw(
        st.none() | st.binary(min_size=len(rows), max_size=len(rows)).map(lambda b: bytes(x & 1 for x in b))
    )
    columns = columns_of(names, types={"id": data.draw(st.sampled_from(["id", "uuid"]))})
    compiled, portable = (
        file_of(format_name, page_of(rows, kind, mask=mask), columns, is_neutral=is_neutral)
        for kind in (native.COMPILED, native.PORTABLE)
    )
    assert compiled == portable


@settings(max_examples=40)
@given(rows_of_pages)
def test_ndjson_is_what_the_api_shows(rows):
    written = file_of("ndjson", page_of(rows, native.COMPILED), columns_of())
    shown = [
        members_of(
            Event(
                id=row["id"],
                stream=row["stream"],
                time=time_of(row["id"]),
                payload_json=row["payload"],
                **{name: row[name] or None for name in ("actor", "kind", "level", "client_id")},
            )
        )
        for row in rows
    ]
    assert written == b"".join(orjson.dumps(members) + b"\n" for members in shown)


@settings(max_examples=40)
@given(rows_of_pages)
def test_csv_reads_back(rows):
    names = ["stream", "actor", "payload", "client_id"]
    written = file_of("csv", page_of(rows, native.COMPILED), columns_of(names))
    header, *lines = csv.reader(io.StringIO(written.decode(), newline=""), strict=True)
    assert header == names
    assert lines == [[row[name] for name in names] for row in rows]


@settings(max_examples=25)
@given(rows_of_pages)
def test_parquet_reads_back(rows):
    table = pq.read_table(io.BytesIO(file_of("parquet", page_of(rows, native.COMPILED), columns_of())))
    read = table.to_pylist()
    assert [row["id"] for row in read] == [str(row["id"]) for row in rows]
    assert [row["time"] for row in read] == [time_of(row["id"]) for row in rows]
    for name in ("stream", "payload"):
        assert [row[name] for row in read] == [row[name] for row in rows]
    for name in ("actor", "kind", "level", "client_id"):
        assert [row[name] for row in read] == [row[name] or None for row in rows]
