"""Files as chunks: gzip by content, damage told after the last good byte."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, NotFound
from imports import sources
from imports.sources import Damaged, open_source


def read_all(path):
    with open_source(path) as source:
        return b"".join(source.chunks())


def read_until_damage(path):
    read = []
    with open_source(path) as source, pytest.raises(Damaged) as damaged:
        for chunk in source.chunks():
            read.append(chunk)  # noqa: PERF402 - what came before the damage is wanted
    return b"".join(read), str(damaged.value)


def test_plain_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "plain.gz"
    path.write_bytes(b"not compressed, whatever its name")
    assert read_all(path) == b"not compressed, whatever its name"


def test_gzip_is_seen_by_content_and_members_follow_each_other(tmp_path):
    path = tmp_path / "no_suffix"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 512)
    assert read_all(path) == b"one\ntwo\n"


@given(text=st.binary(max_size=400), chunk_bytes=st.integers(min_value=1, max_value=64))
def test_any_chunk_size_gives_the_same_bytes(tmp_path_factory, text, chunk_bytes):
    path = tmp_path_factory.mktemp("chunks") / "f.gz"
    path.write_bytes(gzip.compress(text) + gzip.compress(text[::-1]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "CHUNK_BYTES", chunk_bytes)
        assert read_all(path) == text + text[::-1]


def test_highly_compressed_bytes_come_in_bounded_chunks(tmp_path):
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(bytes(20_000_000)))
    with open_source(path) as source:
        sizes = [len(chunk) for chunk in source.chunks()]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= sources.CHUNK_BYTES


def test_truncated_gzip_gives_what_is_whole_and_then_tells(tmp_path):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b"line\n" * 1000, mtime=0)[:-9])
    text, reason = read_until_damage(path)
    assert b"line\n" * 900 in text
    assert reason == "the gzip data is cut off"


def test_broken_gzip_tells_that_it_is_broken(tmp_path):
    whole = bytearray(gzip.compress(b"line\n" * 1000, mtime=0))
    whole[-6] ^= 0xFF
    path = tmp_path / "broken.gz"
    path.write_bytes(whole)
    assert read_until_damage(path)[1].startswith("the gzip data is broken (")


def test_gzip_header_alone_is_cut_off(tmp_path):
    path = tmp_path / "head.gz"
    path.write_bytes(b"\x1f\x8b")
    assert read_until_damage(path) == (b"", "the gzip data is cut off")


def test_missing_file_and_folder_are_clear_errors(tmp_path):
    with pytest.raises(NotFound, match="there is no file"):
        read_all(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        read_all(tmp_path)


def test_position_counts_the_bytes_of_the_file_itself(tmp_path):
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(bytes(1_000_000)))
    with open_source(path) as source:
        for _chunk in source.chunks():
            pass
        assert source.position() == source.size == path.stat().st_size
