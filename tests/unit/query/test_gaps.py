import threading

import pytest

from core.errors import InvalidInput, NotFound, StoreTimeout, StoreUnavailable
from query import engine, reading
from query.workers import Workers, workers_of
from tests.unit.query.memory import ADA, BOB, ask, failing, places, row, stores


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
