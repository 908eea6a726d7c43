"""A stream whose class and width changed, conditions on it as Hypothesis makes them, and what they mean, told plainly."""

import operator
import random
from datetime import datetime, timedelta

from hypothesis import strategies as st

from timeseries.filters import Condition, Filters

from .conftest import days_ago

KINDS, LEVELS, ACTORS = ["login", "logout", "pay"], ["info", "error", None], ["user:ada", "shop:1", None]
VERSIONS = [(days_ago(6).date(), "days90", 20.0), (days_ago(2).date(), "days7", 900.0)]
COMPARED = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def some_events(count, seed=7):
    """Events over three layouts, in random order of arrival; every fifth has the time of another."""
    chance = random.Random(seed)
    spans = [(20, 14 * 86_400), (6, 36_000), (1, 240)]
    moments: list[datetime] = []
    for n in range(count):
        days, seconds = spans[n % 3]
        moments.append(
            chance.choice(moments[-9:])
            if n % 5 == 4
            else days_ago(days) + timedelta(seconds=chance.uniform(0, seconds))
        )
    return [_event(n, moment, chance) for n, moment in enumerate(moments)]


def _event(n, moment, chance):
    payload = {"n": n, "status": chance.choice([200, 404, 500, "500", 500.0, True]), "ip": f"10.0.0.{n % 7}"}
    if n % 3:
        payload["tags"] = chance.sample(["a", "b", 3, None], k=n % 4)
    if n % 2:
        payload["geo"] = {"city": chance.choice(["Bern", "Genève"])}
    actor = chance.choice(ACTORS)
    actor = actor and actor.replace("user:ada", "app:ada")
    event = {"time": moment, "id": str(n), "actor": actor, "kind": chance.choice(KINDS), "payload": payload}
    return {**event, "level": chance.choice(LEVELS)}


VALUES = {
    "kind": st.sampled_from([*KINDS, "none"]),
    "level": st.sampled_from(["info", "error", "debug"]),
    "actor": st.sampled_from(["app:ada", "shop:1"]),
    "payload.status": st.sampled_from([200, 500, "500", 500.0, True, 404]),
    "payload.ip": st.sampled_from([f"10.0.0.{n}" for n in range(8)]),
    "payload.tags": st.sampled_from(["a", "b", 3, "c"]),
    "payload.geo.city": st.sampled_from(["Bern", "Genève"]),
    "payload.n": st.integers(0, 200),
}


@st.composite
def conditions(draw):
    """A condition that may be asked for."""
    name = draw(st.sampled_from(sorted(VALUES)))
    kind = draw(st.sampled_from(["eq", "in", "ne", "gte", "lt", "prefix", "exists"]))
    value = draw(VALUES[name])
    if kind == "exists":
        value = draw(st.booleans())
    elif kind == "in":
        value = tuple(draw(st.lists(VALUES[name], min_size=1, max_size=3)))
    elif kind == "prefix":
        value = str(value)[:4]
    elif kind in COMPARED and value is True:
        value = 1
    return Condition(name, kind, value)


several = st.lists(conditions(), min_size=1, max_size=3).map(lambda found: Filters(tuple(found)))


def meets(event, filters):
    """Tell the same in plain words."""
    return all(_holds(each, event) for each in filters.conditions)


def _holds(condition, event):
    value = event
    for step in condition.field.split("."):
        value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
    elements = [each for each in (value if isinstance(value, list) else [value]) if each is not None]
    wanted = condition.value
    match condition.operator:
        case "exists":
            return (len(elements) > 0) == wanted
        case "eq":
            return any(_same(each, wanted) for each in elements)
        case "in":
            return any(_same(each, one) for each in elements for one in wanted)
        case "ne":
            return len(elements) > 0 and not any(_same(each, wanted) for each in elements)
        case "prefix":
            return any(isinstance(each, str) and each[: len(wanted)] == wanted for each in elements)
        case name:
            return any(_comparable(each, wanted) and COMPARED[name](each, wanted) for each in elements)


def _same(one, other):
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _comparable(one, other):
    return not isinstance(one, bool) and isinstance(one, str) == isinstance(other, str)
