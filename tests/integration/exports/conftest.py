"""A stream with events in several shards and buckets, and the command with its exit status."""

from datetime import UTC, datetime, timedelta

import pytest

from core.principals import SYSTEM
from tests.integration.imports.conftest import run_command  # noqa: F401 - the same command line
from tests.integration.timeseries.conftest import keyspace, make_stream, owner, stored  # noqa: F401 - the same streams
from timeseries import selectors, services

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ODD_TEXTS = ['a "b", c', "=1+1", "two\r\nlines", "", "ä€😀", "-5", "\t"]


def event(number):
    """An event with whatever makes trouble in a text format."""
    odd = ODD_TEXTS[number % len(ODD_TEXTS)]
    raw = {"time": BEGIN + number * HOUR, "payload": {"n": number, "text": odd, "in": {"ip": f"10.0.0.{number % 7}"}}}
    if number % 3:
        raw |= {"kind": odd or "none", "level": "info", "actor": f"test:{number % 5}"}
    return raw | ({"id": f"client-{number}"} if number % 2 else {})


@pytest.fixture
def make_events(owner, make_stream):  # noqa: F811 - a fixture
    """Make a stream of so many events, an hour apart from BEGIN on; its name."""

    def make(count, **options):
        name = make_stream(peak_rate=0.5, **options)
        stored(services.append_events(owner, name, [event(number) for number in range(count)]))
        return name

    return make


def events_of(*streams):
    """What the streams have, as selectors read it, by id."""
    return {each.id: each for stream in streams for each in selectors.scan_events(SYSTEM, stream)}
