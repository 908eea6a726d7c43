"""Whole files: compressed in frames, written to any file, with the formats that there are."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import native
from core.errors import InvalidInput, UnsupportedQuery
from formats import FORMATS, columns_of, format_of, open_encoder, open_writer, tables
from tests.pages import page_of, row_of

PAGES = [page_of([row_of(kind=f"k{at}{number}") for number in range(3)], native.COMPILED) for at in range(4)]


def unzstd(raw):
    return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()


@pytest.mark.parametrize(("compression", "read"), [("none", bytes), ("gzip", gzip.decompress), ("zstd", unzstd)])
def test_a_file_cut_behind_a_frame_is_whole_up_to_there(compression, read):
    encoder = open_encoder("csv", columns_of(["kind"]), compression=compression)
    pieces = [bytes(piece) for piece in (encoder.begin(), *map(encoder.encode, PAGES), encoder.end())]
    lines = read(b"".join(pieces)).splitlines()
    assert lines == [b"kind", *(b"k%d%d" % (at, number) for at in range(4) for number in range(3))]
    assert read(b"".join(pieces[:3])).splitlines() == lines[:7]
    assert encoder.raw_bytes == sum(len(line) + 2 for line in lines)


@pytest.mark.parametrize(
    ("format_name", "compression"),
    [(each.name, compression) for each in FORMATS.values() for compression in each.compressions],
)
def test_a_writer_says_what_it_has_written(format_name, compression):
    file = io.BytesIO()
    writer = open_writer(format_name, file, columns_of(), compression=compression)
    for page in PAGES:
        writer.write(page)
    written = writer.close()
    assert not file.closed
    assert (written.rows, written.file_bytes) == (12, len(file.getvalue()))
    assert written.raw_bytes > 0


def test_row_groups_are_bounded_by_rows_and_by_bytes(monkeypatch):
    monkeypatch.setattr(tables, "GROUP_ROWS", 5)
    file = io.BytesIO()
    writer = open_writer("parquet", file, columns_of(["kind"]))
    for page in PAGES:
        writer.write(page)
    writer.close()
    groups = pq.ParquetFile(file).metadata
    assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [6, 6]
    monkeypatch.setattr(tables, "GROUP_BYTES", 1)
    file = io.BytesIO()
    writer = open_writer("arrow", file, columns_of(["kind"]))
    for page in PAGES:
        writer.write(page)
    writer.close()
    assert pa.ipc.open_file(file).num_record_batches == 4


def test_what_is_not_installed_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("formats.table.find_spec", lambda name: None)
    with pytest.raises(UnsupportedQuery, match="extra `exports`"):
        open_encoder("parquet", columns_of())
    assert format_of("csv", "zstd")[0].file_extension("zstd") == ".csv.zst"


@pytest.mark.parametrize(("name", "compression"), [("xml", None), ("csv", "lzma"), ("arrow", "gzip")])
def test_formats_that_there_are_not_are_refused(name, compression):
    with pytest.raises(InvalidInput, match="there are|can be by"):
        format_of(name, compression)
