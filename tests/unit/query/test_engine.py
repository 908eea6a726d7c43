import os
import threading
from uuid import UUID

import pytest

from core.deadlines import Deadline
from core.errors import InvalidInput, NotFound, StoreTimeout, StoreUnavailable, TooLarge
from core.principals import Principal, Role
from query import engine, reading
from query.engine import MAX_ROOTS, expand_users
from query.language import parse_expansions
from query.links import SCHEMA_LINKS, parse_link
from query.workers import Workers, workers_of
from tests.unit.query.memory import ADA, BOB, EVE, LINKS, row, stores

ANALYST = Principal(EVE, Role.ANALYST)
ALL_LINKS = (*SCHEMA_LINKS, *map(parse_link, LINKS))


def ask(expand, sources, *, users=(ADA,), deadline_s=30.0, links=ALL_LINKS, principal=ANALYST):
    return expand_users(
        principal,
        users,
        parse_expansions(expand),
        Deadline(deadline_s),
        links=links,
        sources=sources,
    )


def places(expanded):
    return [reached.row.place for reached in expanded.items]


def failing(error):
    def fail(request):
        raise error

    return fail


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


@pytest.mark.parametrize(
    ("error", "code", "is_retryable"),
    [
        (StoreUnavailable("secret address", store="timeseries"), "store_unavailable", True),
        (StoreTimeout("secret address", store="timeseries"), "store_timeout", True),
        (InvalidInput("an actor is wrong"), "invalid_input", False),
    ],
)
def test_a_store_that_fails_leaves_a_gap_and_the_others_answer(error, code, is_retryable):
    sources = stores()
    sources["timeseries"].before_read = failing(error)
    answer = ask("events,documents", sources)
    (gap,) = answer.gaps
    assert (gap.source, gap.expansion, gap.code, gap.retryable, gap.links) == (
        "timeseries",
        "events",
        code,
        is_retryable,
        (),
    )
    assert "secret" not in gap.message
    assert answer.users[0].expanded["events"] is None
    assert places(answer.users[0].expanded["documents"]) == [1]
    assert not answer.is_complete


def test_a_store_that_is_late_leaves_a_gap_and_is_not_waited_for():
    sources = stores()
    answered = threading.Event()
    sources["timeseries"].before_read = lambda _: answered.wait(30)
    try:
        answer = ask("events,documents", sources, deadline_s=0.5)
    finally:
        answered.set()
    (gap,) = answer.gaps
    assert (gap.source, gap.code, gap.retryable) == ("timeseries", "store_timeout", True)
    assert answer.users[0].expanded["events"] is None
    assert places(answer.users[0].expanded["documents"]) == [1]


def test_a_late_store_holds_up_nothing_that_it_does_not_feed():
    sources = stores()
    answered = threading.Event()
    sources["timeseries"].before_read = lambda _: answered.wait(30)
    try:
        answer = ask("events,documents,accounts", sources, users=(ADA,), deadline_s=1.0)
    finally:
        answered.set()
    assert [(gap.source, gap.code) for gap in answer.gaps if gap.retryable] == [("timeseries", "store_timeout")]
    assert places(answer.users[0].expanded["accounts"]) == [1, 2]


def test_what_waits_for_a_late_store_is_missing_by_that_stores_fault():
    sources = stores()
    answered = threading.Event()
    sources["documents"].before_read = lambda _: answered.wait(30)
    try:
        answer = ask("documents,accounts", sources, users=(ADA,), deadline_s=0.5)
    finally:
        answered.set()
    assert {(gap.source, gap.expansion, gap.code, gap.links) for gap in answer.gaps} == {
        ("documents", "documents", "store_timeout", ()),
        ("documents", "accounts", "store_timeout", ("badge_account",)),
    }
    assert places(answer.users[0].expanded["accounts"]) == [1]


def test_what_a_lost_store_would_have_led_to_is_a_gap_of_the_links():
    sources = stores()
    sources["documents"].before_read = failing(StoreUnavailable("down", store="documents"))
    answer = ask("accounts,documents", sources, users=(BOB,))
    assert [(gap.expansion, gap.source, gap.code, gap.links) for gap in answer.gaps] == [
        ("accounts", "documents", "store_unavailable", ("badge_account",)),
        ("documents", "documents", "store_unavailable", ()),
    ]
    assert places(answer.users[0].expanded["accounts"]) == [2]
    assert answer.users[0].expanded["documents"] is None


def test_keys_and_fields_that_cannot_be_converted_are_told():
    answer = ask("accounts,documents", stores(), users=(BOB,))
    assert [(gap.expansion, gap.source, gap.code, gap.links, gap.retryable) for gap in answer.gaps] == [
        ("accounts", "documents", "link_unreadable", ("badge_account",), False),
        ("accounts", "default", "link_unreadable", ("badge",), False),
        ("documents", "default", "link_unreadable", ("badge",), False),
    ]
    assert "the link badge leads nowhere from 1 of its values" in answer.gaps[1].message


def test_a_thing_that_is_not_there_is_nothing_missing():
    sources = stores()
    sources["documents"].before_read = failing(NotFound("no such collection"))
    answer = ask("documents", sources, users=(ADA,))
    assert answer.is_complete
    assert answer.users[0].expanded["documents"].items == ()


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


def test_more_values_than_can_be_looked_up_are_a_gap(monkeypatch):
    monkeypatch.setattr(reading, "MAX_VALUES", 3)
    sources = stores()
    sources["documents"].rows[0].row.accounts = ["a", "b", "c", "d"]
    answer = ask("accounts,documents", sources)
    (gap,) = answer.gaps
    assert (gap.source, gap.expansion, gap.code, gap.retryable) == ("default", "accounts", "too_large", False)
    assert "links lead to 4 values of accounts[shop].number" in gap.message
    assert places(answer.users[0].expanded["documents"]) == [1]


def test_more_items_than_can_be_led_on_from_are_a_gap(monkeypatch):
    monkeypatch.setattr(reading, "MAX_LEADING", 2)
    sources = stores()
    sources["documents"].rows = [row("documents", "badges", number=7, place=place, accounts=[]) for place in range(3)]
    answer = ask("accounts,documents(limit:1)", sources)
    assert {(gap.source, gap.expansion, gap.code) for gap in answer.gaps} == {
        ("documents", "accounts", "too_large"),
        ("documents", "documents", "too_large"),
    }
    assert [request.limit for request in sources["documents"].requests] == [3]
    assert ask("documents(limit:1)", sources).users[0].expanded["documents"].has_more


def test_the_operator_is_told_what_the_answer_keeps_to_itself(caplog):
    sources = stores()
    sources["timeseries"].before_read = failing(StoreUnavailable("refused by 10.0.0.7", store="timeseries"))
    ask("events", sources)
    assert "a mixed read lost 'timeseries': store_unavailable: refused by 10.0.0.7" in caplog.text


def test_a_defect_is_not_taken_for_a_gap():
    sources = stores()
    sources["timeseries"].before_read = failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        ask("events", sources)


def test_nothing_left_of_the_deadline_asks_no_store():
    sources = stores()
    with pytest.raises(StoreTimeout):
        ask("events", sources, deadline_s=0.0)


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_of_a_fork_asks_with_threads_of_its_own():
    assert ask("events", stores()).is_complete
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if ask("events", stores(), deadline_s=20.0).is_complete else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ask("events", stores()).is_complete


def test_a_store_whose_threads_are_all_taken_is_a_gap_at_once(monkeypatch):
    full = Workers("timeseries", workers=1, waiting=0)
    release = threading.Event()
    hold = threading.Barrier(2, timeout=30)
    full.submit(lambda: (hold.wait(), release.wait(30)))
    hold.wait()
    workers = {"timeseries": full}
    real = workers_of
    monkeypatch.setattr(engine, "workers_of", lambda store: workers.get(store) or real(store))
    try:
        answer = ask("events,documents", stores())
    finally:
        release.set()
    (gap,) = answer.gaps
    assert (gap.source, gap.code) == ("timeseries", "store_unavailable")
    assert places(answer.users[0].expanded["documents"]) == [1]
