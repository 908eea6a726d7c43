"""Saved exports: each run has what was stored since the last, late events and slow writers included."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from core.times import format_time
from tests.integration.exports.conftest import BEGIN, HOUR
from tests.integration.exports.reading_back import manifest_of, read_ndjson
from timeseries import services, session
from timeseries.services.touching import TouchWriter
from timeseries.services.writers import WRITERS

pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])
COUNT = 30
SLOW_S = 5


@dataclass(frozen=True)
class SavedRuns:
    """A stream, and what runs its saved export once more and gives the numbers that it has."""

    stream: str
    run: Callable[[], list[int]]


@pytest.fixture
def run_saved(run_command, tmp_path, make_events):
    """A saved export whose every run has a folder of its own."""
    stream, folders = make_events(COUNT), iter(range(100))

    def run():
        folder = f"run-{next(folders)}"
        said = run_command("export_events", folder, "--streams", stream, "--since-last", stream[:40])
        assert said.status == 0, said.errors
        return sorted(row["payload"]["n"] for row in read_ndjson(tmp_path / folder))

    return SavedRuns(stream, run)


def append(owner, stream, *numbers):
    """Store events of long before all others."""
    events = [{"time": BEGIN - 1_000 * HOUR + number * HOUR, "payload": {"n": number}} for number in numbers]
    assert {result.status for result in services.append_events(owner, stream, events)} == {"stored"}


def test_each_run_has_what_was_stored_since_the_last(owner, run_saved, settings):
    settings.EXPORT_OVERLAP_S = 0.001
    assert run_saved.run() == list(range(COUNT))
    append(owner, run_saved.stream, 100, 101)
    assert run_saved.run() == [100, 101]
    assert run_saved.run() == []
    append(owner, run_saved.stream, 102)
    append(owner, run_saved.stream, 100)
    assert set(run_saved.run()) == {100, 102}


@pytest.mark.parametrize(("overlap_s", "found"), [(900.0, {100}), (0.001, set())])
def test_a_slow_writer_is_covered_by_the_overlap_and_by_nothing_else(
    owner, run_saved, settings, monkeypatch, overlap_s, found
):
    settings.EXPORT_OVERLAP_S = overlap_s
    run_saved.run()
    present = session.write_time_us
    monkeypatch.setattr("timeseries.services.ingest.write_time_us", lambda: present() - SLOW_S * 1_000_000)
    append(owner, run_saved.stream, 100)
    assert set(run_saved.run()) - set(range(COUNT)) == found


def test_control_a_writer_that_names_no_bucket_is_missed(owner, run_saved, settings, monkeypatch):
    settings.EXPORT_OVERLAP_S = 0.001
    run_saved.run()
    others = tuple(each for each in WRITERS if not isinstance(each, TouchWriter))
    monkeypatch.setattr("timeseries.services.writing.WRITERS", others)
    append(owner, run_saved.stream, 100)
    assert run_saved.run() == []


def test_an_interrupted_run_goes_on_with_its_own_moment(owner, run_saved, run_command, tmp_path):
    run_saved.run()
    stream = run_saved.stream
    append(owner, stream, 100)
    asked = ["--streams", stream, "--since-last", stream[:40]]
    assert run_command("export_events", "half", *asked).status == 0
    lines = (tmp_path / "half" / "manifest.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "half" / "manifest.ndjson").write_bytes(b"".join(lines[:-1]))
    assert run_command("export_events", "half", *asked).status == 0
    manifest = manifest_of(tmp_path / "half")
    assert (manifest.end["closed"], len(manifest.resumed)) == (False, 1)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (["--since-last", "../x"], 65),
        (["--since-last", "a", "--stored-since", format_time(BEGIN)], 65),
        (["--since-last", "taken", "--format", "csv"], 73),
    ],
)
def test_what_a_saved_export_cannot_be_is_refused(run_saved, run_command, tmp_path, asked, status):
    stream = run_saved.stream
    assert run_command("export_events", "first", "--streams", stream, "--since-last", "taken").status == 0
    assert run_command("export_events", "out", "--streams", stream, *asked).status == status
    assert not (tmp_path / "out").exists()
