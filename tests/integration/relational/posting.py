"""What the tests of posting share: a bank with two funded accounts, over real connections of their own."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from django.db import connections, models

from core.errors import StoreUnavailable
from core.ids import new_id
from core.principals import Principal, Role
from relational import services
from relational.models import Account, Entry
from relational.rows import NewAccount, NewEntry, NewPosting

MONEY = Decimal(100)
PATIENCE_S = 60


class Bank:
    """Ada and Bob with an account each of 100 francs, an operator, and the outside world."""

    def __init__(self):
        ids = services.ensure_users(["ada", "bob", "oli"])
        self.ada, self.bob = Principal(ids["ada"]), Principal(ids["bob"])
        self.operator = Principal(ids["oli"], Role.OPERATOR)
        self.world = self.open(self.operator, kind="external")
        self.adas, self.bobs = self.open(self.ada), self.open(self.bob)
        for account in (self.adas, self.bobs):
            self.pay(self.operator, self.world, account, MONEY)

    def open(self, owner, *, kind="asset", book="bank", currency="CHF"):
        account = NewAccount(owner.user_id, book, str(new_id()), currency, kind)
        return services.open_account(self.operator, account).id

    def pay(self, principal, source, target, amount):
        entries = (NewEntry(source, -Decimal(amount)), NewEntry(target, Decimal(amount)))
        return services.post_transaction(principal, NewPosting(entries))


def balance_of(account_id):
    return Account.objects.get(pk=account_id).balance


def check_books():
    """Hold every account against its entries: the sum is kept, and no asset account is overdrawn."""
    sums = dict(Entry.objects.values_list("account_id").annotate(models.Sum("amount")))
    balances = dict(Account.objects.values_list("id", "balance"))
    assert sum(balances.values()) == 0
    assert balances == {account_id: sums.get(account_id, 0) for account_id in balances}
    assert not Account.objects.filter(kind="asset", balance__lt=-models.F("overdraft_limit")).exists()


def in_threads(count, work):
    """Call `work(place)` from as many threads at once, each with a connection of its own; return what they return."""

    def run(place):
        try:
            return work(place)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def until_available(work):
    """Call again what found no connection or was sacrificed too often, for a while: nothing was done."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return work()
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
