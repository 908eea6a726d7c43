"""What is written beside events: before the streams' rows and acknowledged, or after them and perhaps lost."""

import pytest

from core.errors import OutcomeUnknown
from timeseries import services, session
from timeseries.services import writing
from timeseries.services.beside import Write
from timeseries.session import Request

from .conftest import ago, events_of, stored

INSERT = "INSERT INTO streams (directory, name) VALUES (11, ?)"


class Notes:
    """Notes the touched buckets, and each event's place, as rows of a small table."""

    def before(self, chunk):
        for touched in chunk.touched():
            yield Write("notes", Request(INSERT, (f"{chunk.stream.name}/{touched.bucket}/{touched.events}",)))

    def after(self, chunk):
        for place, placement in chunk.events():
            yield Write("notes", Request(INSERT, (f"{placement.id}/{place}",)), [place])


@pytest.fixture
def noted(monkeypatch):
    """Return a function that reads the notes."""
    monkeypatch.setattr(writing, "WRITERS", (Notes(),))
    yield lambda: {name for (name,) in session.read("SELECT name FROM streams WHERE directory = 11")}
    session.write("DELETE FROM streams WHERE directory = 11")


def test_what_goes_beside_is_written(make_stream, owner, noted):
    name = make_stream()
    raw = [{"time": "2026-01-31T12:00:00Z", "payload": {"n": n}} for n in range(3)]
    ids = stored(services.append_events(owner, name, raw))
    assert noted() == {f"{name}/1769817600/3", *(f"{each}/{place}" for place, each in enumerate(ids))}


def test_an_event_whose_row_beside_is_lost_is_unknown_and_not_in_its_stream(make_stream, owner, noted, monkeypatch):
    name = make_stream()
    with monkeypatch.context() as patch:
        losing(patch)
        assert [each.status for each in services.append_events(owner, name, [{"time": ago(hours=1)}])] == ["unknown"]
    assert events_of(owner, name) == []
    stored(services.append_events(owner, name, [{"time": ago(hours=1)}]))


def losing(patch):
    """Let the rows beside be lost on their way."""
    lost = OutcomeUnknown("lost", store="timeseries")
    patch.setattr(writing, "write_batches", lambda batches: [lost if each.cql == INSERT else None for each in batches])
