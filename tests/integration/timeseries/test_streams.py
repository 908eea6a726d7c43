"""Making and changing streams: one of two wins, strangers learn nothing, settings start on a day to come."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.errors import Conflict, InvalidInput, NotFound, PermissionRefused, TooLarge
from core.principals import Principal, Role
from timeseries import selectors, services
from timeseries.directory import actor_layout, actor_versions
from timeseries.partitions import BEGINNING, Layout

from .conftest import unique


def in_days(count):
    return (datetime.now(UTC) + timedelta(days=count)).date()


def test_a_stream_is_as_it_was_made(owner):
    name, reader, writer = f"test-{uuid4().hex}", uuid4(), uuid4()
    made = services.create_stream(
        owner, name=name, retention="days90", peak_rate=7.0, readers=[reader], writers=[writer], actor_may_read=True
    )
    assert made == selectors.stream_by_name(owner, name)
    assert (made.owner, made.actor_may_read) == (owner.user_id, True)
    assert (made.readers, made.writers) == (frozenset({reader}), frozenset({writer}))
    (settings,) = made.settings
    assert (settings.valid_from, settings.retention, settings.peak_rate) == (BEGINNING, "days90", 7.0)
    assert settings.layout == Layout(3_600, 1)


def test_of_many_who_make_one_stream_at_once_one_wins():
    name, people = f"test-{uuid4().hex}", [Principal(uuid4()) for _ in range(8)]

    def make(person):
        try:
            return services.create_stream(person, name=name, retention="days7").owner
        except Conflict:
            return None

    with ThreadPoolExecutor(len(people)) as pool:
        owners = [made for made in pool.map(make, people) if made]
    assert len(owners) == 1
    assert selectors.stream_by_name(Principal(owners[0]), name).owner == owners[0]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "é", "a" * 129, "x\0", "a\n"])
def test_names_that_are_none_are_refused(owner, name):
    with pytest.raises(InvalidInput, match="a stream's name"):
        services.create_stream(owner, name=name, retention="days7")


def test_an_unknown_class_or_a_rate_that_means_nothing_makes_no_stream(owner):
    name = f"test-{uuid4().hex}"
    with pytest.raises(InvalidInput, match="no retention class 'weekly'"):
        services.create_stream(owner, name=name, retention="weekly")
    with pytest.raises(InvalidInput, match="peak rate"):
        services.create_stream(owner, name=name, retention="days7", peak_rate=0)
    with pytest.raises(NotFound):
        selectors.stream_by_name(owner, name)


def test_only_operators_make_streams_for_others(owner, operator, stranger):
    with pytest.raises(PermissionRefused):
        services.create_stream(stranger, name=f"test-{uuid4().hex}", retention="days7", owner=owner.user_id)
    made = services.create_stream(operator, name=f"test-{uuid4().hex}", retention="days7", owner=owner.user_id)
    assert made.owner == owner.user_id


def test_a_stranger_cannot_tell_a_stream_from_none(make_stream, stranger):
    with pytest.raises(NotFound) as missing:
        selectors.stream_by_name(stranger, "nothing-of-this-name")
    name = make_stream()
    with pytest.raises(NotFound) as hidden:
        selectors.stream_by_name(stranger, name)
    assert missing.value.message.replace("nothing-of-this-name", name) == hidden.value.message


@pytest.mark.parametrize("role", [Role.ANALYST, Role.OPERATOR, Role.ADMIN])
def test_whoever_sees_everything_sees_it(make_stream, role):
    assert selectors.stream_by_name(Principal(uuid4(), role), make_stream())


def test_grants_change_and_only_the_owner_or_an_operator_changes_them(make_stream, owner, stranger, operator):
    name = make_stream()
    with pytest.raises(NotFound):
        services.change_stream(stranger, name, readers=[stranger.user_id])
    services.change_stream(owner, name, readers=[stranger.user_id], actor_may_read=True)
    with pytest.raises(PermissionRefused):
        services.change_stream(stranger, name, writers=[stranger.user_id])
    changed = services.change_stream(operator, name, writers=[stranger.user_id])
    assert (changed.readers, changed.writers) == (frozenset({stranger.user_id}), frozenset({stranger.user_id}))
    assert changed.actor_may_read
    assert services.change_stream(owner, name, readers=[]).readers == frozenset()


def test_pages_of_streams_follow_their_names_and_hold_only_what_one_may_see(owner, stranger, make_stream):
    names = sorted(make_stream() for _ in range(7))
    make_stream(readers=[stranger.user_id])
    found, after = [], ""
    while page := selectors.streams_page(owner, limit=3, after=after):
        found += [stream.name for stream in page]
        after = found[-1]
    assert [name for name in found if name in names] == names
    assert len(found) == 8
    assert len(selectors.streams_page(stranger, limit=100)) == 1
    with pytest.raises(TooLarge):
        selectors.streams_page(owner, limit=0)


def test_new_settings_hold_from_their_day_on(make_stream, owner):
    name = make_stream(retention="days90", peak_rate=1.0)
    changed = services.add_stream_settings(owner, name, valid_from=in_days(5), retention="days7", peak_rate=1_000)
    assert [(each.valid_from, each.retention) for each in changed.settings] == [
        (BEGINNING, "days90"),
        (in_days(5), "days7"),
    ]
    assert changed.settings[1].layout == Layout(60, 2)
    assert changed == selectors.stream_by_name(owner, name)
    with pytest.raises(Conflict, match="already"):
        services.add_stream_settings(owner, name, valid_from=in_days(5), retention="forever", peak_rate=1)


def test_settings_do_not_start_today_or_where_events_are(make_stream, owner, stranger):
    name = make_stream()
    with pytest.raises(InvalidInput, match="at the earliest"):
        services.add_stream_settings(owner, name, valid_from=in_days(0), retention="days7", peak_rate=1)
    ahead = (datetime.now(UTC) + timedelta(days=4)).isoformat()
    services.append_events(owner, name, [{"time": ahead}])
    with pytest.raises(Conflict, match="choose a later day"):
        services.add_stream_settings(owner, name, valid_from=in_days(4), retention="days7", peak_rate=1)
    assert services.add_stream_settings(owner, name, valid_from=in_days(6), retention="days7", peak_rate=1)
    with pytest.raises(NotFound):
        services.add_stream_settings(stranger, name, valid_from=in_days(9), retention="days7", peak_rate=1)


def test_a_hot_actor_gets_a_lane_of_its_own_from_a_day_on(operator, owner):
    hot = unique("hot")
    services.add_actor_settings(operator, retention="days7", actor=hot, peak_rate=100, valid_from=in_days(3))
    versions = actor_versions("days7")
    assert actor_layout(versions, hot, datetime.now(UTC)) == Layout(86_400, 64)
    assert actor_layout(versions, hot, datetime.now(UTC) + timedelta(days=3)) == Layout(60, 0)
    assert actor_layout(versions, unique(), datetime.now(UTC) + timedelta(days=3)) == Layout(86_400, 64)
    with pytest.raises(Conflict):
        services.add_actor_settings(operator, retention="days7", actor=hot, peak_rate=1, valid_from=in_days(3))
    with pytest.raises(PermissionRefused):
        services.add_actor_settings(owner, retention="days7", actor=hot, peak_rate=1, valid_from=in_days(4))
    with pytest.raises(InvalidInput, match="at the earliest"):
        services.add_actor_settings(operator, retention="days7", actor=hot, peak_rate=1, valid_from=in_days(0))
