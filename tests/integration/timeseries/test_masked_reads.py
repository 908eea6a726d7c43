"""Reading under column rules: what is hidden is neither shown, nor asked by, nor counted by, nor told live."""

from uuid import uuid4

import pytest

from core.errors import PermissionRefused
from core.principals import Principal, Role
from timeseries import selectors, services
from timeseries.filters import Condition, Filters
from timeseries.paths import parse_field
from timeseries.selectors.aggregates import Range

from .conftest import days_ago, stored

START, END = days_ago(3), days_ago(0)
ANALYST = Principal(uuid4(), Role.ANALYST)


@pytest.fixture
def masked(make_stream, owner):
    """A stream of which analysts see neither actors nor addresses; and its actor."""
    name, actor = make_stream(actor_may_read=True), f"shop:{uuid4()}"
    services.put_column_rules(owner, name, {"analyst": {"actor": "hidden", "payload.net.ip": "pseudonym"}})
    payload = {"net": {"ip": "10.0.0.1"}, "n": 1}
    stored(
        services.append_events(owner, name, [{"time": days_ago(1), "actor": actor, "kind": "pay", "payload": payload}])
    )
    return name, actor


def filtered(principal, name, field, value):
    filters = Filters((Condition(field, "eq", value),))
    return selectors.filtered_by_stream(principal, name, filters, start=START, end=END).events


def test_pages_are_shown_under_the_rules(masked, owner):
    name, actor = masked
    (whole,) = selectors.events_by_stream(owner, name)
    assert (whole.actor, whole.payload["net"]["ip"]) == (actor, "10.0.0.1")
    for (event,) in (selectors.events_by_stream(ANALYST, name), filtered(ANALYST, name, "kind", "pay")):
        assert (event.actor, event.kind, event.payload["n"]) == (None, "pay", 1)
        assert event.payload["net"]["ip"] != "10.0.0.1"
    assert filtered(owner, name, "payload.net.ip", "10.0.0.1") == [whole]


@pytest.mark.parametrize("field", ["actor", "payload.net.ip", "payload.net"])
def test_nobody_asks_or_counts_by_what_is_hidden_from_them(masked, field):
    name, _ = masked
    conditions = Filters((Condition(field, "exists", value=True),))
    asked = Range(name, START, END, Filters(), 1_000)
    for ask in (
        lambda: selectors.filtered_by_stream(ANALYST, name, conditions, start=START, end=END),
        lambda: selectors.count_in_range(ANALYST, Range(name, START, END, conditions, 1_000)),
        lambda: selectors.top_values(ANALYST, asked, parse_field(field), 1),
        lambda: selectors.histogram(ANALYST, asked, by=parse_field(field)),
        lambda: selectors.check_whole(ANALYST, name),
    ):
        with pytest.raises(PermissionRefused):
            ask()
    assert selectors.count_in_range(ANALYST, asked) == 1


def test_nobody_finds_events_by_a_hidden_actor_but_who_that_is(masked, owner):
    name, actor = masked
    filters = Filters((Condition("kind", "eq", "pay"),))
    own = Principal(uuid4(), Role.ANALYST)
    for principal, own_actors, count in ((owner, (), 1), (ANALYST, (), 0), (own, (actor,), 1)):
        found = selectors.events_by_actors(principal, [actor], own_actors=own_actors)[actor]
        page = selectors.filtered_by_actor(principal, actor, filters, own_actors=own_actors, start=START, end=END)
        assert found == page.events
        assert [event.actor for event in found] == [actor] * count
    assert found[0].stream == name
    assert found[0].payload["net"]["ip"] != "10.0.0.1"
    by_ip = Filters((Condition("payload.net.ip", "eq", "10.0.0.1"),))
    assert not selectors.filtered_by_actor(own, actor, by_ip, own_actors=[actor], start=START, end=END).events
