"""A test keyspace, people, and streams of unique names: nothing is truncated, nothing is shared between tests."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.principals import Principal, Role
from timeseries import selectors, services, session
from timeseries.memory import forget_everything
from timeseries.partitions import choose_layout
from timeseries.services.streams import INSERT_SETTINGS

DAY = timedelta(days=1)
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def keyspace(django_db_setup):
    """The keyspace that the migrations filled; and no memory of the test before."""
    forget_everything()
    return session.keyspace()


@pytest.fixture
def owner():
    return Principal(uuid4())


@pytest.fixture
def stranger():
    return Principal(uuid4())


@pytest.fixture
def operator():
    return Principal(uuid4(), Role.OPERATOR)


@pytest.fixture
def make_stream(owner):
    """Make a stream of a unique name; `versions` (day, retention, peak rate) hold as if made long ago."""

    def make(*, retention="forever", peak_rate=1.0, versions=(), **options):
        name = f"test-{uuid4().hex}"
        services.create_stream(owner, name=name, retention=retention, peak_rate=peak_rate, **options)
        for valid_from, later_retention, later_rate in versions:
            layout = choose_layout(later_rate)
            values = (name, valid_from, later_retention, later_rate, layout.width_s, layout.shards, datetime.now(UTC))
            session.write(INSERT_SETTINGS, values)
        forget_everything()
        return name

    return make


@pytest.fixture
def reads(monkeypatch):
    """The reads that are sent from here on, in order."""
    sent = []
    run = session._run

    def spy(statements, **options):
        sent.extend(statements)
        return run(statements, **options)

    monkeypatch.setattr(session, "_run", spy)
    return sent


def unique(prefix="user"):
    return f"{prefix}:{uuid4()}"


def stored(results):
    """Check that every event was stored, and return their ids."""
    assert {result.status for result in results} <= {"stored"}, [result for result in results if result.reason][:3]
    return [result.id for result in results]


def ago(**span):
    return datetime.now(UTC) - timedelta(**span)


def events_of(owner, name):
    return list(selectors.scan_events(owner, name))


def of_actor(owner, actor):
    return selectors.events_by_actors(owner, [actor], limit_per_actor=1_000)[actor]


def days_ago(count):
    return MIDNIGHT - timedelta(days=count)
