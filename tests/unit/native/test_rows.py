"""Bodies that are not what they say: a code of failure, never a read beyond them.

Reads out of bounds show under a sanitizer: docs/scans.md says how these tests are run with one.
"""

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native import rows
from native.rows import Kind, MalformedRows
from tests.pages import body_of, row_of

TWO_ROWS = body_of([row_of(), row_of(actor="user:x", ttl_s=5)])
COLUMNS = 9
bodies = st.binary(max_size=60) | st.integers(0, len(TWO_ROWS)).map(lambda size: TWO_ROWS[:size])


def use_everything(cells, kinds):
    """Write and fill each column as each kind, whatever its cells are."""
    count = cells.rows
    mask = bytearray(b"\1" * count)
    room = ctypes.create_string_buffer(64 * (count + 1) + len(cells.base))
    bitmap = ctypes.create_string_buffer(count // 8 + 1)
    to, bits = ctypes.addressof(room), ctypes.addressof(bitmap)
    for number, kind in enumerate(kinds):
        column = cells.column(number, kind, b"x")
        for use in (
            lambda c=column: rows.TextWriter(bytearray()).ndjson([c], rows=count, mask=None),
            lambda c=column: rows.TextWriter(bytearray()).csv([c], rows=count, mask=None, is_neutral=True),
            lambda c=column: rows.pick_times(c, mask, low=0, high=1 << 60),
            lambda c=column: rows.pick_writes(c, mask, since=0),
            lambda c=column: rows.pick_streams(c, mask, names=[b"web", b""]),
            lambda c=column: rows.fill_text_offsets(c, count, None, to, bits),
            lambda c=column: rows.fill_text_bytes(c, count, None, to),
            lambda c=column: rows.fill_numbers(c, count, None, to, bits),
            lambda c=column: rows.fill_ids(c, count, None, to, is_text=True),
        ):
            try:
                use()
            except MalformedRows:
                continue


@settings(max_examples=200)
@given(bodies, st.integers(0, 3), st.lists(st.sampled_from(Kind), min_size=1, max_size=COLUMNS))
def test_a_body_is_indexed_within_its_bounds_or_refused(body, count, kinds):
    try:
        cells = rows.index_rows(body, rows=count, columns=len(kinds))
    except MalformedRows:
        return
    ends = [start + max(length, 0) for start, length in zip(cells.offsets, cells.lengths, strict=True)]
    assert ends == sorted(ends)
    assert (ends[-1] if ends else 0) == len(body)
    use_everything(cells, kinds)


@settings(max_examples=100)
@given(
    st.lists(st.none() | st.binary(max_size=20), min_size=1, max_size=4),
    st.lists(st.sampled_from(Kind), min_size=1, max_size=1),
)
def test_cells_of_any_size_are_written_as_any_kind_or_refused(values, kinds):
    use_everything(rows.cells_of(values), kinds)


@pytest.mark.parametrize("size", range(len(TWO_ROWS)))
def test_a_body_that_is_cut_off_is_refused(size):
    with pytest.raises(MalformedRows, match="longer than the rest"):
        rows.index_rows(TWO_ROWS[:size], rows=2, columns=COLUMNS)


@pytest.mark.parametrize(
    ("body", "count", "reason"),
    [
        (TWO_ROWS + b"x", 2, "goes on"),
        (b"", 1, "longer than"),
        (b"x", 0, "goes on"),
        (b"\x7f\xff\xff\xff" + b"x" * 10, 1, "longer than"),
    ],
)
def test_a_body_of_another_size_is_refused(body, count, reason):
    with pytest.raises(MalformedRows, match=reason):
        rows.index_rows(body, rows=count, columns=COLUMNS)


def test_cells_of_another_size_than_their_type_are_refused():
    cells = rows.cells_of([b"123", b"x" * 16])
    for kind in (Kind.ID, Kind.TIME_OF_ID, Kind.INTEGER, Kind.MICROSECONDS):
        with pytest.raises(MalformedRows, match="not as many bytes"):
            rows.TextWriter(bytearray()).ndjson([cells.column(0, kind)], rows=2, mask=None)


def test_a_small_buffer_grows_and_no_row_is_lost():
    cells = rows.cells_of([b"x" * size for size in range(0, 100_000, 9_999)])
    written = rows.TextWriter(bytearray(1)).ndjson([cells.column(0, Kind.TEXT, b"{")], rows=cells.rows, mask=None)
    assert bytes(written) == b"".join(b'{"%b"}\n' % (b"x" * size) for size in range(0, 100_000, 9_999))
