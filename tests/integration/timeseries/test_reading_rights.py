"""Whose events one reads, and that what is hidden costs little and tells nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import NotFound, PermissionRefused, TooLarge
from core.principals import Principal, Role
from timeseries import selectors, services
from timeseries.selectors import pages

from .conftest import days_ago, stored, unique


def test_who_may_read_a_stream(make_stream, owner, stranger, operator):
    writer, reader = Principal(uuid4()), Principal(uuid4())
    name = make_stream(readers=[reader.user_id], writers=[writer.user_id])
    stored(services.append_events(owner, name, [{"time": days_ago(1)}]))
    for allowed in (owner, reader, operator, Principal(uuid4(), Role.ANALYST)):
        assert len(selectors.events_by_stream(allowed, name)) == 1
    with pytest.raises(PermissionRefused):
        selectors.events_by_stream(writer, name)
    with pytest.raises(NotFound):
        selectors.events_by_stream(stranger, name)
    with pytest.raises(NotFound):
        selectors.events_by_stream(operator, "no-such-stream")


def test_of_an_actors_events_one_reads_those_of_streams_one_may_read(make_stream, owner, stranger):
    me, other = unique("me"), unique("other")
    open_to_actors, closed, granted = (
        make_stream(actor_may_read=True),
        make_stream(),
        make_stream(readers=[stranger.user_id]),
    )
    for number, name in enumerate((open_to_actors, closed, granted)):
        for actor in (me, other):
            stored(
                services.append_events(owner, name, [{"time": days_ago(1) + timedelta(seconds=number), "actor": actor}])
            )

    def streams(principal, actor, **options):
        return [event.stream for event in selectors.events_by_actors(principal, [actor], **options)[actor]]

    assert streams(owner, me) == [granted, closed, open_to_actors]
    assert streams(stranger, me, own_actors={me}) == [granted, open_to_actors]
    assert streams(stranger, other, own_actors={me}) == [granted]
    assert streams(stranger, me) == [granted]
    assert streams(Principal(uuid4(), Role.ANALYST), me) == [granted, closed, open_to_actors]
    assert streams(Principal(uuid4()), me, own_actors={me}) == [open_to_actors]
    assert streams(owner, me, streams={closed}) == [closed]


def test_hidden_events_do_not_shorten_a_page(make_stream, owner, stranger):
    """What one may not read is skipped, not counted: the page goes on to what one may."""
    me, hidden, shown = unique(), make_stream(), make_stream(actor_may_read=True)
    stored(
        services.append_events(owner, hidden, [{"time": days_ago(1), "actor": me, "id": str(n)} for n in range(150)])
    )
    stored(services.append_events(owner, shown, [{"time": days_ago(n), "actor": me} for n in range(2, 9)]))
    found = selectors.events_by_actors(stranger, [me], limit_per_actor=5, own_actors=[me])[me]
    assert [event.time for event in found] == [days_ago(n) for n in range(2, 7)]


def test_a_stranger_is_told_nothing_in_few_reads(make_stream, owner, stranger, reads):
    """Reads grow while what they bring is hidden: 20 rows, 40, 80 and so on, not 300 times 20."""
    actor, name = unique(), make_stream()
    raw = [{"time": days_ago(1) + timedelta(seconds=n), "actor": actor} for n in range(6_000)]
    stored(services.append_events(owner, name, raw))
    reads.clear()
    assert selectors.events_by_actors(stranger, [actor], limit_per_actor=2) == {actor: []}
    assert len(reads) <= 14, (
        "the rules of columns, the list, the stream and its settings, 8 growing reads, 1 of full size, 1 that ends"
    )
    reads.clear()
    (newest, second) = selectors.events_by_actors(owner, [actor], limit_per_actor=2)[actor]
    assert newest.time - second.time == timedelta(seconds=1)
    assert len(reads) <= 5


def test_reading_past_what_is_hidden_is_bounded(make_stream, owner, stranger, monkeypatch):
    me, hidden, shown = unique(), make_stream(), make_stream(actor_may_read=True)
    raw = [{"time": days_ago(1) + timedelta(seconds=n), "actor": me} for n in range(400)]
    stored(services.append_events(owner, hidden, raw))
    stored(services.append_events(owner, shown, [{"time": days_ago(2), "actor": me}]))
    monkeypatch.setattr(pages, "MAX_HIDDEN", 250)
    with pytest.raises(TooLarge, match="more than 250 events .* narrow the time"):
        selectors.events_by_actors(stranger, [me], own_actors=[me])
    found = selectors.events_by_actors(stranger, [me], own_actors=[me], end=days_ago(1))[me]
    assert [event.stream for event in found] == [shown]
    monkeypatch.setattr(pages, "MAX_HIDDEN", 400)
    assert selectors.events_by_actors(stranger, [me], own_actors=[me])[me] == found
