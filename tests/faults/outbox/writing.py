"""Work on all three stores, which may be killed anywhere and begun again: users, transactions, collections.

What it does is decided by the run's name and by nothing else; what was done before is not done again.
"""

import hashlib
import random
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from core.errors import Conflict, InsufficientFunds, NotFound
from core.ids import new_id
from core.principals import SYSTEM, Principal, Role
from operations import collections
from relational import selectors, services
from relational.models import User
from relational.rows import Answer, NewAccount, NewEntry, NewMessage, NewPosting

MOST_USERS = 4


@dataclass(frozen=True)
class Run:
    """One piece of work, by name: its book, its users' names and its collections' begin with it."""

    name: str
    transactions: int = 8
    has_collections: bool = True

    @staticmethod
    def new(**size):
        return Run(f"run-{new_id().hex[-12:]}", **size)


def write(run: Run) -> None:
    """Do the work, or what is left of it."""
    owners = [register(f"{run.name}-{number}") for number in range(MOST_USERS)]
    bank = NewAccount(owners[0], run.name, "bank", "USD", "external")
    accounts = [NewAccount(owner, run.name, f"account-{place}", "USD") for place, owner in enumerate(owners)]
    ids = services.ensure_accounts([bank, *accounts])
    if run.has_collections:
        change_collections(run, owners)
    for number in range(run.transactions):
        post(run, number, owners, [ids[account.key] for account in (bank, *accounts)])


def register(username):
    """Register a user with what tells it, in one transaction."""
    with suppress(Conflict), transaction.atomic():
        user_id = services.create_user(username)
        if not selectors.pending_messages(f"user:{user_id}"):
            services.add_messages([NewMessage("user.registered", f"user:{user_id}", {"username": username})])
    return User.objects.get(username=username).id


def post(run, number, owners, accounts):
    """Post a deposit or a transfer under the client's own key: sent again, it is done once."""
    choice = random.Random(f"{run.name} {number}")
    source, target = (accounts[0], choice.choice(accounts[1:])) if number % 2 == 0 else choice.sample(accounts[1:], 2)
    amount = Decimal(choice.randrange(1, 500)) / 100
    principal = Principal(owners[0], Role.OPERATOR)
    posting = NewPosting((NewEntry(source, -amount), NewEntry(target, amount)), f"{run.name} {number}")

    def effect():
        return Answer(201, str(services.post_transaction(principal, posting).id).encode(), "")

    key = f"{run.name} {number}"
    with suppress(InsufficientFunds):
        return services.answer_once(owners[0], key, hashlib.sha256(key.encode()).digest(), effect)


def change_collections(run, owners):
    """Make a collection that stays and one that goes, and change each."""
    owner = Principal(owners[1])
    for name in (f"{run.name}-stays", f"{run.name}-goes"):
        with suppress(Conflict):
            collections.create_collection(owner, name)
        with suppress(NotFound):
            collections.change_collection(owner, name, indexes=["a"], visibility="public")
    with suppress(NotFound):
        collections.delete_collection(owner, f"{run.name}-goes")
    with suppress(Conflict):  # refused, so that nothing is told
        collections.create_collection(SYSTEM, f"{run.name}-stays")
