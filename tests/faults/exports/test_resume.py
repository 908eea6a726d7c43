"""The resume matrix: an export killed at any point goes on, and holds then what an unbroken one holds."""

import resource
from functools import partial
from uuid import uuid4

import fsspec
import pytest

from core.errors import TargetFailed
from core.principals import SYSTEM
from exports.manifest import NAME
from exports.request import ExportRequest, parse_request
from exports.running import run_export
from exports.targets import open_target
from tests.faults.outbox.processes import KILLED, run_child
from tests.integration.exports.reading_back import READERS, manifest_of
from timeseries import services

pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])
COUNT = 90
POINTS = ["page_written", "part_unnamed", "part_unlisted", "part_listed", "before_end"]


@pytest.fixture
def stream(make_events):
    return make_events(COUNT)


def request_of(stream, name) -> ExportRequest:
    bounds = {"from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    return parse_request({"streams": [stream], **bounds, "format": name, "part_rows": 20})


def export(request, folder):
    return run_export(SYSTEM, request, open_target(str(folder)))


def content(folder, name):
    return sorted(READERS[name](folder), key=str)


@pytest.mark.parametrize("name", READERS)
def test_killed_at_every_point_in_turn_an_export_goes_on(name, stream, tmp_path):
    request = request_of(stream, name)
    whole = export(request, tmp_path / "whole")
    for point in POINTS:
        folder = tmp_path / point
        assert run_child(partial(export, request, folder), crash_at=f"exports.{point}") == KILLED
        listed = manifest_of(folder)
        assert listed.end is None
        resumed = export(request, folder)
        assert resumed.manifest.parts[: len(listed.parts)] == listed.parts
        assert resumed.end["rows"] == COUNT
        assert resumed.end["closed"] is True
        assert content(folder, name) == content(tmp_path / "whole", name)
        names = {NAME, *(part.name for part in resumed.manifest.parts)}
        assert {path.name for path in folder.iterdir()} == names
    assert whole.end["rows"] == COUNT


def test_killed_on_its_way_to_s3_an_export_goes_on(stream, s3, tmp_path):
    request, address = request_of(stream, "parquet"), f"{s3}/{uuid4().hex}"
    whole = export(request, tmp_path / "whole")
    for point in ("page_written", "part_unlisted"):
        assert run_child(partial(export, request, f"{address}/{point}"), crash_at=f"exports.{point}") == KILLED
        assert export(request, f"{address}/{point}").end["rows"] == whole.end["rows"] == COUNT
        fsspec.filesystem("s3", skip_instance_cache=True).get(
            f"{address}/{point}/", f"{tmp_path}/{point}/", recursive=True
        )
        assert content(tmp_path / point, "parquet") == content(tmp_path / "whole", "parquet")


def test_control_without_what_the_manifest_says_rows_come_twice(stream, tmp_path, monkeypatch):
    request = request_of(stream, "ndjson")
    assert run_child(partial(export, request, tmp_path), crash_at="exports.part_listed") == KILLED
    monkeypatch.setattr("exports.reading.read_position", lambda _where: b"")
    assert export(request, tmp_path).end["rows"] > COUNT


def fill_disk(request, folder):
    """Export where no file may have more than 3,000 bytes, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, resource.RLIM_INFINITY))
    with pytest.raises(TargetFailed, match="File too large"):
        export(request, folder)


def test_a_full_disk_stops_an_export_that_goes_on_when_there_is_room(stream, tmp_path):
    request = request_of(stream, "ndjson")
    assert run_child(partial(fill_disk, request, tmp_path)) == 0
    assert not list(tmp_path.glob("*.partial"))
    assert export(request, tmp_path).end["rows"] == COUNT


def test_an_open_range_states_its_capture_and_has_what_came_meanwhile(owner, stream, tmp_path):
    request = parse_request({"streams": [stream], "part_rows": 20})
    assert run_child(partial(export, request, tmp_path), crash_at="exports.part_listed") == KILLED
    late = {"time": "2026-03-01T00:00:00.5Z", "payload": {"n": -1}}
    services.append_events(owner, stream, [late])
    outcome = export(request, tmp_path)
    assert outcome.end["closed"] is False
    assert outcome.manifest.head["captured_from"] < outcome.end["captured_until"]
    assert outcome.end["rows"] in (COUNT, COUNT + 1)
