"""Posting and reversing through services: who may, what is refused, and what the outbox is told."""

from decimal import Decimal

import pytest

from core.errors import Conflict, InsufficientFunds, InvalidInput, NotFound, PermissionRefused
from core.ids import id_at, new_id
from core.principals import Principal, Role
from core.times import format_time
from relational import selectors, services
from relational.models import OutboxMessage, Team
from relational.rows import NewAccount, NewEntry, NewPosting, NewTransaction
from tests.integration.relational.conftest import NOON
from tests.integration.relational.posting import Bank, balance_of, check_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def analyst(bank):
    return Principal(new_id(), Role.ANALYST)


def told(topic):
    return list(OutboxMessage.objects.filter(topic=topic).order_by("id").values_list("key", "payload"))


def test_what_is_posted_is_what_is_read(bank):
    posted = bank.pay(bank.ada, bank.adas, bank.bobs, "12.5")
    assert selectors.transaction_by_id(bank.ada, posted.id) == posted
    assert selectors.transaction_by_id(bank.bob, posted.id) == posted
    assert posted.posted_by == bank.ada.user_id
    assert (balance_of(bank.adas), balance_of(bank.bobs)) == (Decimal("87.5"), Decimal("112.5"))


def test_who_debits_must_own_or_operate(bank, analyst):
    refusals = [
        (bank.bob, bank.adas, NotFound),
        (analyst, bank.adas, PermissionRefused),
        (bank.ada, bank.world, NotFound),
        (bank.ada, new_id(), NotFound),
    ]
    for principal, source, refusal in refusals:
        with pytest.raises(refusal):
            bank.pay(principal, source, bank.bobs, 1)
    bank.pay(bank.operator, bank.adas, bank.bobs, 1)


def test_not_seen_and_not_there_are_refused_alike(bank):
    nowhere = new_id()
    messages = set()
    for source in (bank.adas, nowhere):
        with pytest.raises(NotFound) as refusal:
            bank.pay(bank.bob, source, bank.bobs, 1)
        messages.add(refusal.value.message.replace(str(source), "it"))
    assert len(messages) == 1


def test_a_member_debits_what_the_team_owns(bank):
    team = Team.objects.create(name="crew")
    member = Principal(bank.ada.user_id, team_ids=frozenset({team.id}))
    till = services.open_account(member, NewAccount(team.id, "bank", "till", "CHF")).id
    bank.pay(bank.operator, bank.world, till, 5)
    bank.pay(member, till, bank.bobs, 5)
    with pytest.raises(NotFound):
        bank.pay(bank.ada, till, bank.bobs, 1)


def test_an_external_account_of_ones_own_is_debited_by_operators_only(bank):
    card = bank.open(bank.ada, kind="external")
    with pytest.raises(PermissionRefused, match="operators debit it"):
        bank.pay(bank.ada, card, bank.adas, 1)
    bank.pay(bank.ada, bank.adas, card, 1)
    bank.pay(bank.operator, card, bank.adas, 1)


def test_an_asset_account_goes_down_to_its_limit(bank):
    with pytest.raises(InsufficientFunds):
        bank.pay(bank.ada, bank.adas, bank.bobs, "100.0001")
    services.change_overdraft_limit(bank.operator, bank.adas, Decimal("0.5"))
    bank.pay(bank.ada, bank.adas, bank.bobs, "100.5")
    assert balance_of(bank.adas) == Decimal("-0.5")
    with pytest.raises(Conflict, match="overdrawn by more"):
        services.change_overdraft_limit(bank.operator, bank.adas, Decimal("0.4"))
    check_books()


def test_a_refused_posting_leaves_nothing(bank):
    before = OutboxMessage.objects.count()
    for amount in ("1000", "0.00001"):
        with pytest.raises((InsufficientFunds, InvalidInput)):
            bank.pay(bank.ada, bank.adas, bank.bobs, amount)
    assert OutboxMessage.objects.count() == before
    assert balance_of(bank.adas) == 100


@pytest.mark.parametrize(
    ("amounts", "path"),
    [
        (["-5"], "entries"),
        (["-5", "4"], "entries"),
        (["-5", "5", "0"], "entries[2].amount"),
        (["-5", "NaN"], "entries[1].amount"),
        (["-1e16", "1e16"], "entries[0].amount"),
        (["-1"] + ["0.01"] * 100, "entries"),
    ],
)
def test_wrong_entries_are_named(bank, amounts, path):
    accounts = [bank.adas, bank.bobs, bank.world, *(new_id() for _ in amounts)]
    entries = [NewEntry(account, Decimal(amount)) for account, amount in zip(accounts, amounts, strict=False)]
    with pytest.raises(InvalidInput) as refusal:
        services.post_transaction(bank.operator, NewPosting(tuple(entries)))
    assert refusal.value.path == path


def test_entries_are_of_one_book_each_currency_zero_and_no_account_twice(bank):
    euros, elsewhere = bank.open(bank.ada, currency="EUR"), bank.open(bank.ada, book="other")
    for target, words in [
        (euros, "sum to zero: CHF -1.0000, EUR 1.0000"),
        (elsewhere, "one book"),
        (bank.adas, "once"),
    ]:
        with pytest.raises(InvalidInput, match=words):
            bank.pay(bank.ada, bank.adas, target, 1)


def test_several_currencies_in_one_transaction(bank):
    world, euros = bank.open(bank.operator, kind="external", currency="EUR"), bank.open(bank.ada, currency="EUR")
    sold = ((bank.adas, -10), (bank.world, 10), (world, "-9.5"), (euros, "9.5"))
    entries = tuple(NewEntry(account, Decimal(amount)) for account, amount in sold)
    services.post_transaction(bank.operator, NewPosting(entries))
    assert (balance_of(bank.adas), balance_of(euros)) == (90, Decimal("9.5"))


def test_the_outbox_is_told_of_the_transaction_and_of_each_owner(bank):
    OutboxMessage.objects.all().delete()
    posted = bank.pay(bank.ada, bank.adas, bank.bobs, "12.5")
    ((key, payload),) = told("transaction.posted")
    assert key == f"transaction:{posted.id}"
    entries = payload.pop("entries")
    assert payload == {
        "id": str(posted.id),
        "book": "bank",
        "booked": format_time(posted.booked),
        "posted": format_time(posted.booked),
        "posted_by": str(bank.ada.user_id),
        "description": "",
        "reverses": None,
    }
    assert [(entry["account_id"], entry["amount"]) for entry in entries] == [
        (str(bank.adas), "-12.5000"),
        (str(bank.bobs), "12.5000"),
    ]
    summaries = dict(told("owner.summarised"))
    assert set(summaries) == {f"owner:{bank.ada.user_id}", f"owner:{bank.bob.user_id}"}
    for person, account, balance in [(bank.ada, bank.adas, "87.5000"), (bank.bob, bank.bobs, "112.5000")]:
        summary = summaries[f"owner:{person.user_id}"]
        assert (summary["owner_id"], summary["transaction_id"]) == (str(person.user_id), str(posted.id))
        assert [(one["id"], one["balance"]) for one in summary["accounts"]] == [(str(account), balance)]
        assert set(summary["accounts"][0]) == {"id", "book", "number", "currency", "kind", "balance"}


def test_a_loaded_batch_tells_each_owners_balances_once(bank):
    OutboxMessage.objects.all().delete()
    amounts = [Decimal(amount) for amount in (1, 2, 3)]
    rows = [
        NewTransaction(id_at(NOON), "bank", NOON, (NewEntry(bank.world, -amount), NewEntry(bank.adas, amount)))
        for amount in amounts
    ]
    services.post_transactions(rows)
    services.post_transactions(rows)
    assert told("transaction.posted") == []
    summaries = dict(told("owner.summarised"))
    assert len(summaries) == OutboxMessage.objects.count() == 2
    assert summaries[f"owner:{bank.ada.user_id}"]["accounts"][0]["balance"] == "106.0000"
    assert summaries[f"owner:{bank.ada.user_id}"]["transaction_id"] is None


def test_a_reversal_takes_back_once(bank):
    paid = bank.pay(bank.ada, bank.adas, bank.bobs, 10)
    reversal = services.reverse_transaction(bank.bob, paid.id, description="wrong shop")
    assert (balance_of(bank.adas), balance_of(bank.bobs)) == (100, 100)
    assert (reversal.reverses, reversal.description) == (paid.id, "wrong shop")
    assert selectors.transaction_by_id(bank.ada, paid.id).reversed_by == reversal.id
    for again, words in [(paid.id, "reversed already"), (reversal.id, "is not reversed")]:
        with pytest.raises(Conflict, match=words):
            services.reverse_transaction(bank.operator, again)
    assert told("transaction.posted")[-1][1]["reverses"] == str(paid.id)


def test_who_reverses_must_be_able_to_debit_what_it_debits(bank, analyst):
    paid = bank.pay(bank.ada, bank.adas, bank.bobs, 10)
    stranger = Principal(new_id())
    for principal, refusal in [(bank.ada, NotFound), (analyst, PermissionRefused), (stranger, NotFound)]:
        with pytest.raises(refusal):
            services.reverse_transaction(principal, paid.id)
    services.reverse_transaction(bank.operator, paid.id)


def test_what_is_spent_already_is_not_taken_back(bank):
    paid = bank.pay(bank.ada, bank.adas, bank.bobs, 10)
    bank.pay(bank.bob, bank.bobs, bank.world, 105)
    with pytest.raises(InsufficientFunds):
        services.reverse_transaction(bank.operator, paid.id)


def test_a_loaded_transaction_is_reversed_whatever_its_entries(bank):
    """Loaders post what the API does not: nothing at all, and an account twice."""
    amounts = ((bank.adas, 5), (bank.adas, -5), (bank.bobs, 0))
    entries = tuple(NewEntry(account, Decimal(amount)) for account, amount in amounts)
    loaded = NewTransaction(id_at(NOON), "bank", NOON, entries)
    services.post_transactions([loaded])
    with pytest.raises(NotFound):
        services.reverse_transaction(bank.ada, loaded.id)
    assert len(services.reverse_transaction(bank.operator, loaded.id).entries) == 3
