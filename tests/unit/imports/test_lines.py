"""Chunks as lines: numbers, ends, encodings, and lines that are rejected alone."""

import codecs
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from imports import lines
from imports.lines import Line, read_lines
from imports.records import Rejection
from imports.sources import Damaged


def texts(*chunks, **options):
    return [(line.number, line.text) for line in read_lines(iter(chunks), **options) if isinstance(line, Line)]


def rejections(*chunks, **options):
    return [line for line in read_lines(iter(chunks), **options) if isinstance(line, Rejection)]


@given(
    wanted=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n")), max_size=20),
    cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_lines_are_the_same_however_the_bytes_are_cut(wanted, cuts, end):
    whole = "".join(f"x{line}{end}" for line in wanted).encode()
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[begin:stop] for begin, stop in itertools.pairwise(places)]
    assert texts(*chunks) == [(number, f"x{line}") for number, line in enumerate(wanted, start=1)]


def test_last_line_needs_no_line_end_and_blank_lines_count():
    assert texts(b"one\n\n  \ntwo") == [(1, "one"), (4, "two")]
    assert texts(b"one\n\ntwo", blank=True) == [(1, "one"), (2, ""), (3, "two")]


def test_byte_order_mark_is_no_text():
    assert texts(codecs.BOM_UTF8 + b"one\n") == [(1, "one")]


def test_utf16_is_told_with_the_remedy():
    with pytest.raises(InvalidInput, match="iconv -f UTF-16 -t UTF-8"):
        texts("one\n".encode("utf-16"))


def test_wrong_encoding_rejects_its_line_and_says_the_remedy():
    (rejection,) = rejections(b"good\nM\xfcller\ngood\n")
    assert (rejection.number, rejection.raw) == (2, b"M\xfcller")
    assert rejection.reason == "not utf-8: byte 0xfc at position 2; name the file's encoding with --encoding"
    assert texts(b"M\xfcller\n", encoding="latin-1") == [(1, "Müller")]


def test_encoded_surrogate_is_rejected():
    assert rejections(b"\xed\xa0\x80\n")[0].reason.startswith("not utf-8: byte 0xed at position 1")


def test_nul_byte_rejects_its_line():
    assert rejections(b"a\0b\nc\n")[0].reason == "the line has a NUL byte"
    assert texts(b"a\0b\nc\n") == [(2, "c")]


def test_too_long_line_is_dropped_without_being_held(monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 5000)
    chunks = [b"first\n", *[b"x" * 1000] * 20, b"tail\nlast\n"]
    (rejection,) = rejections(*chunks)
    assert rejection.number == 2
    assert rejection.reason.startswith("the line is longer than")
    assert len(rejection.raw) <= lines.KEPT_OF_LONG_LINE_BYTES
    assert texts(*chunks) == [(1, "first"), (3, "last")]


def test_damage_rejects_the_part_of_a_line_that_came_before_it():
    def damaged():
        yield b"whole\nhal"
        raise Damaged("the gzip data is cut off")

    outcomes = list(read_lines(damaged()))
    assert [type(outcome) for outcome in outcomes] == [Line, Rejection]
    assert outcomes[1] == Rejection(
        2, "the gzip data is cut off: nothing from here on could be read", b"hal", ends_input=True
    )


@pytest.mark.parametrize("name", ["utf-16", "utf-32-le", "cp037", "utf-7"])
def test_encoding_whose_lines_cannot_be_found_is_refused(name):
    with pytest.raises(InvalidInput, match="convert it first"):
        texts(b"x", encoding=name)


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", "a\0b", ""])
def test_unknown_encoding_is_refused(name):
    with pytest.raises(InvalidInput, match="there is no text encoding"):
        texts(b"x", encoding=name)
