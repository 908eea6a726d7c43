"""The ledger that servers are compared on: 200 people, 2,000 accounts, 100,000 transactions; made once and kept."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from api.authentication import make_access_token
from core.ids import derive_id
from core.principals import Principal, Role
from relational import selectors, services
from relational.models import Transaction, User
from relational.rows import CredentialRow, NewAccount, NewEntry, NewTransaction

PEOPLE = 200
ACCOUNTS_PER_PERSON = 10
TRANSACTIONS = 100_000
BATCH_ROWS = 1000
BOOK = "bench"
CURRENCY = "CHF"
BANK = "bench_bank"
OPENING = Decimal(1_000_000)
START = datetime(2025, 1, 1, tzinfo=UTC)
SEED = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks: an access token, accounts, and some transactions that touch them."""

    id: UUID
    token: str
    account_ids: Sequence[UUID]
    transaction_ids: Sequence[UUID]


def prepare_ledger() -> list[Person]:
    """Return the people of the ledger; it is filled first if it is empty or was left half filled."""
    users = services.ensure_users([BANK, *(f"bench_{number:03}" for number in range(PEOPLE))])
    bank = users.pop(BANK)
    accounts = _ensure_accounts(bank, users)
    if Transaction.objects.filter(book=BOOK).count() < TRANSACTIONS:
        for batch in _batches(_transactions(accounts)):
            services.post_transactions(batch)
    return [_person(user_id) for user_id in users.values()]


def _ensure_accounts(bank: UUID, users: dict[str, UUID]) -> list[UUID]:
    """Return the account ids: the outside world's, which is the bank's, then everybody's in a fixed order."""
    wanted = [NewAccount(bank, BOOK, "world", CURRENCY, "external")] + [
        NewAccount(users[name], BOOK, f"{name}-{place}", CURRENCY)
        for name in sorted(users)
        for place in range(ACCOUNTS_PER_PERSON)
    ]
    ids = services.ensure_accounts(wanted)
    return [ids[account.key] for account in wanted]


def _transactions(accounts: list[UUID]) -> Iterator[NewTransaction]:
    """Make an opening deposit for each account, then transfers between any two; the same ones each time."""
    world, *own = accounts
    dice = random.Random(SEED)
    for number in range(TRANSACTIONS):
        if number < len(own):
            source, target, amount = world, own[number], OPENING
        else:
            source, target = dice.sample(own, 2)
            amount = Decimal(dice.randrange(1, 1_000_000)) / 10_000
        booked = START + timedelta(seconds=number)
        yield NewTransaction(
            derive_id(booked, SEED.to_bytes(), number.to_bytes(8)),
            BOOK,
            booked,
            (NewEntry(source, -amount), NewEntry(target, amount)),
            description=f"transfer {number}",
            details={"number": number},
        )


def _batches(rows: Iterator[NewTransaction]) -> Iterator[list[NewTransaction]]:
    batch: list[NewTransaction] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    yield batch


def _person(user_id: UUID) -> Person:
    principal = Principal(user_id)
    accounts = selectors.accounts_page(principal, limit=ACCOUNTS_PER_PERSON)
    transactions = selectors.transactions_page(principal, limit=50)
    token = make_access_token(
        CredentialRow(user_id, Role.CONSUMER.value, User.objects.get(pk=user_id).get_session_auth_hash())
    )
    return Person(user_id, token, [row.id for row in accounts], [row.id for row in transactions])
