"""Exports as answers: whole ones say so, cut-off ones are seen to be, and there are only so many at once."""

import hashlib
import json
import re
import time
from pathlib import Path

import httpx
import pytest

from stack.processes import family

from .conftest import token_of
from .test_access_log import line_of


def path_of(stream, query=""):
    return f"/live/v1/streams/{stream}/export?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z{query}"


def fetch(server, path, person):
    with httpx.Client(headers={"Authorization": f"Bearer {token_of(person)}"}, timeout=60) as client:
        return client.get(f"http://localhost:{server.port}{path}", headers={"Accept-Encoding": "identity"})


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_an_ndjson_stream_ends_with_its_end_record(server, stream, owner, append, compression):
    ids = append(*range(50))
    answer = fetch(server, path_of(stream, f"&compression={compression}"), owner)
    assert answer.status_code == 200
    lines = answer.content.splitlines(keepends=True)
    end = json.loads(lines[-1])["end"]
    assert end == {"rows": 50, "sha256": hashlib.sha256(b"".join(lines[:-1])).hexdigest()}
    assert sorted(json.loads(line)["id"] for line in lines[:-1]) == sorted(ids)
    assert answer.headers.get("content-encoding") == (None if compression == "none" else compression)
    assert line_of(server, answer.headers["x-request-id"])["status"] == 200


def test_filters_columns_and_formats_are_the_commands(server, stream, owner, append):
    append(*range(50))
    answer = fetch(server, path_of(stream, "&payload.n:lt=3&format=csv&columns=payload.n:int64"), owner)
    assert sorted(answer.text.split()) == ["0", "1", "2", "payload.n"]
    table = fetch(server, path_of(stream, "&format=parquet&compression=none"), owner)
    assert table.content[:4] == table.content[-4:] == b"PAR1"


@pytest.mark.parametrize(
    ("query", "status"),
    [("&format=xml", 400), ("&columns=secret", 400), ("&kind=a&kind=b", 400), ("&streams=a", 400), ("&target=/x", 400)],
)
def test_what_is_wrong_is_a_problem_before_the_stream(server, stream, owner, query, status):
    assert fetch(server, path_of(stream, query), owner).status_code == status


def test_who_may_not_gets_the_same_refusals(server, stream, owner, stranger, analyst):
    assert fetch(server, path_of(stream), stranger).status_code == 404
    assert fetch(server, f"/live/v1/streams/{stream}/export", owner).status_code == 403
    assert fetch(server, "/live/v1/export", owner).status_code == 403
    assert fetch(server, f"/live/v1/export?streams={stream}", analyst).status_code == 200
    assert httpx.get(f"http://localhost:{server.port}{path_of(stream)}").status_code == 401


@pytest.fixture(scope="module")
def failing(make_server):
    return make_server(application="tests.integration.live.cut_asgi:application", TRIVIUM_EXPORT_STALLED_S="2")


def test_a_failure_on_the_way_cuts_the_connection(failing, stream, owner):
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        fetch(failing, path_of(stream, "&format=csv"), owner)
    assert "Traceback" not in failing.log.read_text()


def test_a_reader_that_stops_holds_its_place_for_a_while_only(failing, stream, owner):
    stopped = [failing.connect(path_of(stream), token_of(owner)) for _ in range(2)]
    assert [each.status for each in stopped] == [200, 200]
    refused = failing.connect(path_of(stream), stopped[0].token)
    assert (refused.status, refused.rest()["code"]) == (429, "throttled")
    resident = resident_mib(failing)
    time.sleep(0.5)
    assert resident_mib(failing) < resident + 32
    for _ in range(100):
        if failing.connect(path_of(stream), stopped[0].token).status == 200:
            return
        time.sleep(0.1)
    raise AssertionError("the places of readers that stopped are not free again")


def resident_mib(server):
    """The memory of the server's processes."""
    stats = [Path(f"/proc/{pid}/status").read_text() for pid in family(server.process.pid)]
    return sum(int(size) for text in stats for size in re.findall(r"VmRSS:\s+(\d+)", text)) / 1024
