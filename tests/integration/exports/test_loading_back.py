"""An export loads back equal row for row; what is cut off or damaged does not."""

import hashlib
import json
from uuid import uuid4

import pytest

from core.principals import SYSTEM, Role
from relational import services as people
from tests.integration.exports.conftest import events_of
from timeseries import selectors

pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])
COUNT = 60


def said(stream):
    """What the events of a stream say, but for its name and the ids that follow from it; CSV has its line ends."""
    return sorted(
        (each.time, each.actor, (each.kind or "").replace("\r\n", "\n"), each.level, each.client_id, each.payload_json)
        for each in events_of(stream).values()
    )


@pytest.fixture
def loaded():
    """A stream that is not there yet."""
    return f"loaded-{uuid4().hex}"


@pytest.fixture
def load(run_command, loaded):
    people.ensure_users(["loader"])
    return lambda *files: run_command(
        "load", "events", *files, "--exported", "--owner", "loader", "--set", f"stream={loaded}", "--create-stream"
    )


@pytest.mark.parametrize("asked", [["ndjson", "none"], ["ndjson", "gzip"], ["csv", "none"]])
def test_an_export_loads_back_equal(asked, make_events, run_command, load, loaded, tmp_path):
    stream = make_events(COUNT)
    asked = ["--format", asked[0], "--compression", asked[1], "--part-rows", "25"]
    assert run_command("export_events", "out", "--streams", stream, *asked).status == 0
    run = load(*sorted((tmp_path / "out").glob("part-*")))
    assert (run.status, run.output) == (0, f"events: read {COUNT}, stored {COUNT}, already there 0, rejected 0\n")
    assert said(loaded) == said(stream)
    again = load(*sorted((tmp_path / "out").glob("part-*")))
    assert again.status == 0
    assert said(loaded) == said(stream)


def test_into_a_stream_of_its_name_the_ids_are_the_same_too(make_events, run_command, tmp_path):
    stream = make_events(COUNT)
    before = events_of(stream)
    assert run_command("export_events", "out", "--streams", stream).status == 0
    people.create_user("boss", role=Role.OPERATOR)
    run = run_command("load", "events", tmp_path / "out" / "part-00000.ndjson", "--exported", "--owner", "boss")
    assert run.status == 0, run.errors
    assert events_of(stream) == before


def answer_of(lines):
    content = b"".join(lines)
    end = {"end": {"rows": len(lines), "sha256": hashlib.sha256(content).hexdigest()}}
    return content + json.dumps(end).encode() + b"\n"


def test_a_streamed_answer_is_loaded_when_it_is_whole(make_events, run_command, load, loaded, tmp_path):
    stream = make_events(COUNT)
    assert run_command("export_events", "out", "--streams", stream).status == 0
    lines = (tmp_path / "out" / "part-00000.ndjson").read_bytes().splitlines(keepends=True)
    file = tmp_path / "answer.ndjson"
    for broken in (b"".join(lines), answer_of(lines)[:-5], answer_of(lines).replace(b"10.0.0.1", b"10.0.0.9", 1), b""):
        file.write_bytes(broken)
        run = load(file)
        assert (run.status, "no whole export" in run.errors) == (65, True)
    file.write_bytes(answer_of(lines))
    assert load(file).status == 0
    assert said(loaded) == said(stream)


def test_a_damaged_part_or_an_unfinished_export_is_refused(make_events, run_command, load, loaded, tmp_path):
    assert run_command("export_events", "out", "--streams", make_events(COUNT)).status == 0
    part, manifest = tmp_path / "out" / "part-00000.ndjson", tmp_path / "out" / "manifest.ndjson"
    whole, lines = part.read_bytes(), manifest.read_bytes().splitlines(keepends=True)
    part.write_bytes(whole[:-20])
    assert "not as it was written" in load(part).errors
    part.write_bytes(whole)
    manifest.write_bytes(b"".join(lines[:-1]))
    assert "not finished" in load(part).errors
    assert not [each for each in selectors.streams_page(SYSTEM, limit=1_000) if each.name == loaded]
