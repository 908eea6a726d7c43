"""Mixed reads on the three real stores: how often and when each is asked, and what is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from core.deadlines import Deadline
from core.errors import StoreTimeout
from query.engine import expand_users
from query.language import parse_expansions
from query.sources import SOURCES
from tests.children import run_in_child
from tests.integration.query.conftest import LINKS, PEOPLE

EVERYTHING = "accounts,transactions,documents,events"


class Watched:
    """A real source that keeps what was asked of it; `before_batch` is called with the number of the batch."""

    def __init__(self, source, before_batch=lambda _: None):
        self.source, self.before_batch = source, before_batch
        self.batches, self.reads = 0, []
        self.values_of, self.order = source.values_of, source.order

    @contextmanager
    def session(self, deadline):
        self.batches += 1
        self.before_batch(self.batches)
        with self.source.session(deadline):
            yield

    def read(self, request):
        self.reads.append(str(request.place))
        return self.source.read(request)


def watched(**hooks):
    return {name: Watched(source, *hooks.get(name, ())) for name, source in SOURCES.items()}


def ask(principal, users, expand=EVERYTHING, *, sources=SOURCES, deadline_s=60.0):
    ids = [user.user_id for user in users]
    return expand_users(principal, ids, parse_expansions(expand), Deadline(deadline_s), links=LINKS, sources=sources)


def test_many_users_cost_as_many_batches_and_reads_as_one(people):
    everybody = [people[name] for name in PEOPLE]
    asked = []
    for users in (everybody[:1], everybody):
        sources = watched()
        answer = ask(people["analyst"], users, sources=sources)
        assert answer.is_complete
        asked.append({name: (source.batches, source.reads) for name, source in sources.items()})
        for number, user in enumerate(answer.users):
            assert user.user.username == PEOPLE[number]
            assert [item.row.number for item in user.expanded["accounts"].items] == [PEOPLE[number]]
            assert [item.row.fields["number"] for item in user.expanded["documents"].items] == [number]
            assert [item.row.payload["door"] for item in user.expanded["events"].items] == [number]
    assert asked[0] == asked[1]
    assert {name: batches for name, (batches, _) in asked[0].items()} == {"default": 2, "documents": 1, "timeseries": 1}


def test_the_stores_are_asked_at_the_same_time(people):
    meeting = threading.Barrier(3, timeout=60)
    sources = watched(
        default=[lambda number: number == 2 and meeting.wait()],
        documents=[lambda _: meeting.wait()],
        timeseries=[lambda _: meeting.wait()],
    )
    answer = ask(people["user01"], [people["user01"]], sources=sources)
    assert answer.is_complete
    assert not meeting.broken
    assert sorted((batch.wave, batch.source) for batch in answer.batches) == [
        (1, "default"),
        (2, "default"),
        (2, "documents"),
        (2, "timeseries"),
    ]


def test_a_person_sees_what_names_them_and_no_others(people):
    answer = ask(people["user03"], [people["user03"]])
    (user,) = answer.users
    assert {name: len(items.items) for name, items in user.expanded.items()} == {
        "accounts": 1,
        "transactions": 0,
        "documents": 1,
        "events": 1,
    }


def held_connections():
    """Count the pool's connections that somebody holds, threads of other tests among them."""
    connection: Any = connections["default"]
    connection.close()
    stats = connection.pool.get_stats()
    assert stats["pool_size"] <= 16
    assert stats.get("requests_waiting", 0) == 0
    return stats["pool_size"] - stats["pool_available"]


def test_connections_go_back_to_the_pool(people):
    before = held_connections()
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda name: ask(people["analyst"], [people[name]]), PEOPLE * 2))
    assert all(answer.is_complete for answer in answers)
    assert held_connections() <= before


def test_a_locked_table_is_late_and_the_rest_is_answered(people):
    with lock_table("relational_account"):
        answer = ask(people["analyst"], [people["user01"]], deadline_s=2.0)
    expanded = answer.users[0].expanded
    assert {(gap.source, gap.expansion, gap.code, gap.retryable) for gap in answer.gaps} == {
        ("default", "accounts", "store_timeout", True),
        ("default", "transactions", "store_timeout", True),
    }
    assert expanded["accounts"] is expanded["transactions"] is None
    assert (len(expanded["documents"].items), len(expanded["events"].items)) == (1, 1)
    assert ask(people["analyst"], [people["user01"]]).is_complete


def test_without_the_user_there_is_no_answer(people):
    with lock_table("relational_user"), pytest.raises(StoreTimeout):
        ask(people["analyst"], [people["user01"]], deadline_s=1.0)
    assert ask(people["analyst"], [people["user01"]]).is_complete


@contextmanager
def lock_table(table):
    connection = connections.create_connection("default")
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_of_a_fork_asks_all_stores_anew(people):
    assert ask(people["analyst"], [people["user01"]]).is_complete
    connections.close_all()

    def ask_again():
        assert ask(people["analyst"], [people["user02"]]).is_complete

    assert run_in_child(ask_again) == 0
    assert ask(people["analyst"], [people["user01"]]).is_complete
