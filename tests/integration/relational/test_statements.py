"""Statements: the balance after each entry, on every page, whatever is posted or loaded between two pages."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput, NotFound
from core.ids import derive_id, new_id
from core.principals import Principal
from relational import selectors, services
from relational.rows import NewEntry, NewTransaction, StatementPlace, StatementRow, TransactionRow
from relational.selectors import statements
from tests.integration.relational.conftest import NOON
from tests.integration.relational.posting import Bank, balance_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bank():
    return Bank()


def load(bank, account, amounts, *, start=NOON, step=DAY):
    """Load one booking of each amount, a step apart, oldest first."""
    rows = []
    for place, amount in enumerate(amounts):
        booked = start + place * step
        entries = (NewEntry(account, Decimal(amount)), NewEntry(bank.world, -Decimal(amount)))
        rows.append(NewTransaction(derive_id(booked, bytes([place])), "bank", booked, entries))
    services.post_transactions(rows)


def walk(bank, account, *, limit, between=lambda: None, **filters):
    """Return the rows of all pages; `between` is called after each."""
    place: StatementPlace | None = None
    rows: list[StatementRow] = []
    while True:
        page = selectors.statement_page(bank.ada, account, limit=limit, place=place, filters=filters)
        rows += page.rows
        if len(page.rows) < limit:
            return rows
        place = selectors.place_after(page.rows[-1], page)
        between()


def adds_up(rows, balance):
    """Check that each balance is the one before and its amount, and that the newest is the account's."""
    oldest_first = rows[::-1]
    assert [row.balance for row in oldest_first] == list(accumulate(row.amount for row in oldest_first))
    assert rows[0].balance == balance


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_each_row_has_the_balance_after_it(bank, limit):
    account = bank.open(bank.ada)
    load(bank, account, [5, 10, "0.5", 20, 1, 7, 3])
    bank.pay(bank.ada, account, bank.bobs, "6.5")
    rows = walk(bank, account, limit=limit)
    assert [row.amount for row in rows[::-1]] == [5, 10, Decimal("0.5"), 20, 1, 7, 3, Decimal("-6.5")]
    assert len({row.id for row in rows}) == 8
    adds_up(rows, balance_of(account))


def test_what_is_posted_between_two_pages_shifts_nothing(bank):
    account = bank.open(bank.ada)
    load(bank, account, range(1, 8))
    rows = walk(bank, account, limit=2, between=lambda: bank.pay(bank.ada, account, bank.bobs, 1))
    assert [row.amount for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert [row.balance for row in rows] == [28, 21, 15, 10, 6, 3, 1]


def test_what_is_loaded_into_the_past_between_two_pages_is_in_the_balances_after_it(bank):
    account = bank.open(bank.ada)
    load(bank, account, range(1, 8))
    late = iter([100, 1000, 0])

    def load_late():
        load_once(bank, account, next(late), booked=NOON + DAY / 2)

    rows = walk(bank, account, limit=3, between=load_late)
    assert [row.balance for row in rows[:3]] == [28, 21, 15]
    assert [row.balance for row in rows[3:6]] == [110, 106, 103]
    assert rows[6].balance == rows[6].amount + rows[7].balance == 1101
    assert (rows[8].amount, rows[8].balance) == (1, 1)


def test_control_a_carried_balance_is_not_believed_blindly(bank, monkeypatch):
    """The test above fails when the count of entries that came into the past is not asked."""
    blind = statements.STATEMENT.replace("AND backdated = %(backdated)s", "")
    monkeypatch.setattr(statements, "STATEMENT", blind)
    with pytest.raises(AssertionError):
        test_what_is_loaded_into_the_past_between_two_pages_is_in_the_balances_after_it(bank)


@pytest.mark.parametrize(
    ("filters", "amounts"),
    [
        ({"booked_from": NOON + 4 * DAY}, [7, 6, 5]),
        ({"booked_before": NOON + 2 * DAY}, [2, 1]),
        ({"booked_from": NOON + DAY, "booked_before": NOON + 3 * DAY}, [3, 2]),
        ({"booked_before": NOON}, []),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_a_part_of_a_statement_has_the_balances_of_the_whole(bank, filters, amounts, limit):
    account = bank.open(bank.ada)
    load(bank, account, range(1, 8))
    whole = {row.id: row for row in walk(bank, account, limit=50)}
    rows = walk(bank, account, limit=limit, **filters)
    assert [row.amount for row in rows] == amounts
    assert [whole[row.id] for row in rows] == rows


def test_within_a_millisecond_the_time_decides(bank):
    account = bank.open(bank.ada)
    load(bank, account, [1] * 20, step=timedelta(microseconds=50))
    whole = {row.id: row for row in walk(bank, account, limit=50)}
    bound = NOON + timedelta(microseconds=500)
    rows = walk(bank, account, limit=3, booked_before=bound)
    assert {row.id for row in rows} == {row_id for row_id, row in whole.items() if row.booked < bound}
    assert [whole[row.id] for row in rows] == rows


def test_whose_account_it_is_not_finds_nothing(bank):
    for account in (bank.bobs, new_id()):
        with pytest.raises(NotFound):
            selectors.statement_page(bank.ada, account, limit=1)
    assert selectors.statement_page(bank.ada, bank.open(bank.ada), limit=1).rows == ()
    with pytest.raises(InvalidInput):
        selectors.statement_page(bank.ada, bank.adas, limit=1, filters={"booked_from": "yesterday"})


def test_a_page_at_the_end_of_a_long_history_reads_no_more_than_one_at_its_start(bank):
    """Counted in the rows that the database touches, not in time; without the carried balance it is the history."""
    account = bank.open(bank.ada)
    make_history(account, bank.world, 20_000)
    page = selectors.statement_page(bank.ada, account, limit=19_900)
    last = selectors.place_after(page.rows[-1], page)
    assert touched(bank, account, None) < 500
    assert touched(bank, account, last) < 500
    assert touched(bank, account, replace(last, balance=None)) > 10_000


def make_history(account, world, length):
    """Write a history by hand, with nothing checked: loading one takes longer than all other tests."""
    tables = ("relational_transaction", "relational_entry")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO relational_transaction (id, book, booked, description, data_set, details, created)"
            " SELECT lpad(to_hex(n), 32, '0')::uuid, 'bank', now(), '', '', '{}', now() FROM generate_series(1, %s) n",
            [length],
        )
        cursor.execute(
            "INSERT INTO relational_entry (id, transaction_id, account_id, amount)"
            " SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid, side.id, 1"
            " FROM generate_series(1, %s) n, unnest(%s::uuid[]) side (id)",
            [length, [account, world]],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE relational_entry, relational_transaction, relational_account")


def touched(bank, account, place):
    """Count the rows that a page's plan takes out of tables and indexes."""
    plans = []

    def explain(execute, sql, parameters, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
            plans.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(explain):
        selectors.statement_page(bank.ada, account, limit=50, place=place)
    return sum(scanned(plan) for plan in plans)


def scanned(plan):
    own = plan["Actual Rows"] * plan["Actual Loops"] if "Scan" in plan["Node Type"] and "Relation Name" in plan else 0
    return own + sum(scanned(part) for part in plan.get("Plans", ()))


AMOUNTS = st.integers(1, 50)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), AMOUNTS),
        st.tuples(st.just("receive"), AMOUNTS),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("load"), st.integers(0, 60)),
    ),
    max_size=12,
)


@given(steps=STEPS, limit=st.integers(1, 5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_postings_reversals_and_loads_keep_the_books(bank, steps, limit):
    """An account in memory is the oracle: what it refuses is refused, and the statement adds up to its balance."""
    account, held = bank.open(bank.ada), Decimal(0)
    done: list[tuple[TransactionRow, int]] = []
    for kind, number in steps:
        change, work = meaning(bank, account, kind, number, done)
        if held + change < 0 or (kind == "reverse" and not done):
            with pytest.raises(Exception, match="overdraft limit|nothing"):
                work()
            continue
        held += change
        work()
    assert balance_of(account) == held
    rows = walk(bank, account, limit=limit)
    if rows:
        adds_up(rows, held)


def meaning(bank, account, kind, number, done):
    """Return what a step changes in the account, and the step itself."""

    def note(amount, source, target):
        def work():
            done.append((bank.pay(bank.operator, source, target, number), amount))

        return amount, work

    if kind == "pay":
        return note(-number, account, bank.world)
    if kind == "receive":
        return note(number, bank.world, account)
    if kind == "load":
        return number, lambda: load_once(bank, account, number)
    if not done:
        return 0, nothing_to_reverse
    posted, amount = done[number % len(done)]

    def reverse():
        services.reverse_transaction(bank.operator, posted.id)
        done.remove((posted, amount))

    return -amount, reverse


def load_once(bank, account, amount, *, booked=NOON):
    entries = (NewEntry(account, Decimal(amount)), NewEntry(bank.world, -Decimal(amount)))
    services.post_transactions([NewTransaction(derive_id(booked, new_id().bytes), "bank", booked, entries)])


def nothing_to_reverse():
    raise NotFound("nothing")


def test_a_member_of_the_team_reads_its_statement(bank):
    member = Principal(new_id(), team_ids=frozenset({bank.ada.user_id}))
    assert len(selectors.statement_page(member, bank.adas, limit=5).rows) == 1
