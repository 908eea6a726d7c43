"""What goes wrong in the middle of a stream is its end, in words that name no server."""

import asyncio
import json

import pytest

from core.errors import NotFound, StoreUnavailable
from live.telling import all_of


@pytest.mark.parametrize(
    ("error", "code"),
    [(StoreUnavailable("node 10.0.0.7", store="timeseries"), "store_unavailable"), (NotFound("gone"), "not_found")],
)
def test_an_error_in_the_middle_is_told_as_the_end(error, code):
    async def rest():
        yield b"second"
        raise error

    async def pieces():
        return [piece async for piece in all_of(b"first", rest())]

    *told, end = asyncio.run(pieces())
    assert told == [b"first", b"second"]
    lines = end.decode().split("\n")
    assert (lines[0], lines[2]) == ("event: end", "retry: 2000")
    assert json.loads(lines[1].removeprefix("data: "))["code"] == code
    assert "10.0.0.7" not in end.decode()
