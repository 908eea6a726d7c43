"""Which bytes a Range asks for (RFC 9110, 14)."""

import pytest

from api.byte_ranges import Unsatisfiable, read_range

TAG = '"abc"'


def part(asked, *, if_range="", size=10):
    found = read_range(asked, if_range=if_range, tag=TAG, size=size)
    return found and (found.start, found.length, found.content_range)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", (0, 1, "bytes 0-0/10")),
        ("bytes=2-5", (2, 4, "bytes 2-5/10")),
        ("bytes=7-", (7, 3, "bytes 7-9/10")),
        ("bytes=7-99", (7, 3, "bytes 7-9/10")),
        ("bytes=-3", (7, 3, "bytes 7-9/10")),
        ("bytes=-99", (0, 10, "bytes 0-9/10")),
        ("Bytes=0-", (0, 10, "bytes 0-9/10")),
    ],
)
def test_a_range_is_a_part(asked, expected):
    assert part(asked) == expected


@pytest.mark.parametrize(
    "asked", ["", "bytes=5-2", "bytes=-", "bytes=0-1,3-4", "rows=0-1", "bytes=a-b", "bytes=٣-", "bytes=0-1x"]
)
def test_what_is_no_single_range_asks_for_all(asked):
    assert part(asked) is None


@pytest.mark.parametrize(("asked", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)])
def test_a_range_without_a_byte_is_refused(asked, size):
    with pytest.raises(Unsatisfiable):
        part(asked, size=size)


def test_if_range_holds_for_this_state_only():
    assert part("bytes=1-2", if_range=TAG) is not None
    for other in ('"xyz"', 'W/"abc"', "Sat, 21 Nov 2026 12:00:00 GMT"):
        assert part("bytes=1-2", if_range=other) is None
        assert part("bytes=99-", if_range=other) is None
