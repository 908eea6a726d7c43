import threading
from uuid import UUID

import pytest

from core.errors import NotFound, StoreTimeout, StoreUnavailable, TooLarge
from core.principals import Principal
from query.engine import MAX_ROOTS
from query.links import SCHEMA_LINKS, parse_link
from tests.children import run_in_child
from tests.unit.query.memory import ADA, ALL_LINKS, ANALYST, BOB, EVE, ask, failing, places, row, stores


def test_each_user_gets_what_their_links_lead_to_in_the_order_asked_for():
    answer = ask("documents,accounts,events(limit:2)", stores(), users=(BOB, ADA, EVE))
    assert [user.user.id for user in answer.users] == [BOB, ADA, EVE]
    bob, ada, eve = (user.expanded for user in answer.users)
    assert (places(ada["events"]), ada["events"].has_more) == ([4, 3], True)
    assert (places(bob["events"]), bob["events"].has_more) == ([], False)
    assert places(ada["documents"]) == places(bob["documents"]) == [1]
    assert places(ada["accounts"]) == [1, 2]
    assert places(bob["accounts"]) == [2]
    assert [items.items for items in eve.values()] == [(), (), ()]


def test_an_item_says_by_which_links_it_was_reached():
    answer = ask("documents,accounts", stores(), users=(BOB,))
    (account,) = answer.users[0].expanded["accounts"].items
    assert account.links == ("badge_account", "owner")
    assert account.part == "shop"


def test_a_user_asked_for_twice_is_given_once():
    assert [user.user.id for user in ask("", stores(), users=(ADA, ADA)).users] == [ADA]


def test_the_batches_do_not_grow_with_the_users():
    counts = []
    for users in ((ADA,), (ADA, BOB, EVE)):
        sources = stores()
        ask("documents,accounts,events", sources, users=users)
        counts.append({name: (source.sessions, len(source.requests)) for name, source in sources.items()})
    assert counts[0] == counts[1] == {"default": (3, 4), "documents": (1, 1), "timeseries": (1, 1)}


def test_the_stores_of_a_wave_are_asked_at_the_same_time():
    sources = stores()
    meeting = threading.Barrier(3, timeout=30)
    sources["documents"].before_read = sources["timeseries"].before_read = lambda _: meeting.wait()
    sources["default"].before_read = lambda request: request.place.resource == "accounts" and meeting.wait()
    links = tuple(link for link in ALL_LINKS if link.name != "badge_account")
    answer = ask("documents,accounts,events", sources, links=links)
    assert answer.is_complete
    assert sorted((batch.wave, batch.source) for batch in answer.batches) == [
        (1, "default"),
        (2, "default"),
        (2, "documents"),
        (2, "timeseries"),
    ]


def test_a_store_with_nothing_to_be_asked_is_not_asked():
    sources = stores()
    answer = ask("documents", sources, users=(EVE,))
    assert answer.is_complete
    assert answer.users[0].expanded["documents"].items == ()
    assert (sources["documents"].sessions, sources["documents"].requests) == (0, [])


def test_only_the_roots_own_values_make_somebody_linked():
    sources = stores()
    links = (
        *ALL_LINKS,
        parse_link({"name": "next", "source": "documents[badges].place", "target": "documents[badges].number"}),
    )
    sources["documents"].rows[0].row.place = 8
    ask("documents", sources, principal=Principal(ADA), links=links)
    assert [(request.values, request.own) for request in sources["documents"].requests] == [
        ((7,), {7}),
        ((8,), frozenset()),
    ]
    ask("documents", sources, principal=ANALYST, links=links)
    assert sources["documents"].requests[2].own == frozenset()


def test_a_shortcut_spares_what_it_covers():
    sources = stores()
    links = (*SCHEMA_LINKS, parse_link({"name": "n", "source": "keys[shop].key", "target": "accounts[shop].number"}))
    sources["default"].rows += [row("keys", "shop", user=ADA, key="a"), row("keys", "shop", user=ADA, key="b")]
    ask("accounts,transactions", sources, links=links)
    asked = {str(request.place): request.values for request in sources["default"].requests}
    assert asked["accounts[shop].number"] == ("a", "b")
    assert asked["transactions.owner"] == (ADA,)
    assert asked["transactions.account"] == (UUID(int=12),)


def test_the_roots_are_required():
    for error in (StoreUnavailable("down", store="default"), StoreTimeout("late", store="default")):
        sources = stores()
        sources["default"].before_read = failing(error)
        with pytest.raises(type(error)):
            ask("events", sources)
        assert sources["timeseries"].requests == []


def test_an_unknown_user_is_not_found_and_nothing_else_is_asked():
    sources = stores()
    sources["default"].rows = [item for item in sources["default"].rows if item.id != BOB]
    with pytest.raises(NotFound):
        ask("events,documents", sources, users=(ADA, BOB))
    assert sources["timeseries"].requests == sources["documents"].requests == []


def test_too_many_users_are_refused():
    with pytest.raises(TooLarge, match="at most 200"):
        ask("", stores(), users=[ADA] * (MAX_ROOTS + 1))


def test_nothing_left_of_the_deadline_asks_no_store():
    sources = stores()
    with pytest.raises(StoreTimeout):
        ask("events", sources, deadline_s=0.0)


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_of_a_fork_asks_with_threads_of_its_own():
    assert ask("events", stores()).is_complete

    def ask_again():
        assert ask("events", stores(), deadline_s=20.0).is_complete

    assert run_in_child(ask_again) == 0
    assert ask("events", stores()).is_complete
