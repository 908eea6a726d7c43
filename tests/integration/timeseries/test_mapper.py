"""cqlengine models over our session: as many rows as there are, no filtering unasked, our errors."""

import pytest
from cassandra.cqlengine.connection import get_connection

from core.errors import StoreUnavailable, UnsupportedQuery
from timeseries import services, session
from timeseries.batches import Batch
from timeseries.models import StreamRecord

MANY = 10_050


@pytest.fixture
def crowd():
    """More rows in one partition than cqlengine's hidden limit."""
    insert = "INSERT INTO streams (directory, name) VALUES (7, ?)"
    rows = [(f"{number:05}",) for number in range(MANY)]
    assert not any(session.write_batches([Batch(insert, rows[at : at + 200]) for at in range(0, MANY, 200)]))
    yield
    session.write("DELETE FROM streams WHERE directory = 7")


def test_all_rows_are_all_rows(crowd):
    everything = StreamRecord.objects.filter(directory=7)
    assert "LIMIT" not in str(everything)
    assert len(list(everything)) == everything.count() == MANY
    assert [record.name for record in everything.order_by("-name").limit(2)] == ["10049", "10048"]


def test_a_record_shows_the_stream(make_stream, owner):
    name = make_stream(retention="days90")
    record = StreamRecord.objects.get(directory=0, name=name)
    assert (record.pk, record.owner, record.retention, record.readers) == (name, owner.user_id, "days90", set())


@pytest.mark.parametrize(
    "query",
    [
        lambda: StreamRecord.objects.filter(retention="days7"),
        lambda: StreamRecord.objects.filter(name="x"),
        lambda: StreamRecord.objects.filter(directory=0, retention="days7"),
        lambda: StreamRecord.objects.filter(directory=0).order_by("owner"),
        lambda: StreamRecord.objects.exclude(retention="days7"),
        lambda: StreamRecord.objects.filter(directory=0, retention="days7").count(),
    ],
    ids=["other column", "half a key", "key and column", "order", "exclude", "count"],
)
def test_what_would_walk_every_row_is_refused(query):
    with pytest.raises(UnsupportedQuery):
        list(query())


def test_filtering_is_there_for_who_asks(make_stream):
    name = make_stream(retention="days400")
    found = StreamRecord.objects.filter(directory=0, retention="days400").allow_filtering()
    assert name in [record.name for record in found]


def test_it_runs_on_the_processs_session_also_after_that_was_closed():
    list(StreamRecord.objects.filter(directory=0).limit(1))
    assert get_connection("timeseries").cluster is session.driver_session().cluster
    session.close()
    assert list(StreamRecord.objects.filter(directory=0).limit(0)) is not None
    assert get_connection("timeseries").cluster is session.driver_session().cluster


def test_a_store_that_is_down_is_our_error(monkeypatch):
    from django.db import connections

    session.close()
    monkeypatch.setitem(connections.databases["timeseries"], "PORT", 1)
    try:
        with pytest.raises(StoreUnavailable, match="Connection refused"):
            list(StreamRecord.objects.filter(directory=0))
    finally:
        session.close()


def test_the_service_and_the_record_agree(owner, make_stream):
    name = make_stream()
    services.change_stream(owner, name, actor_may_read=True)
    assert StreamRecord.objects.get(directory=0, name=name).actor_may_read is True
