"""What a good request of each of the ledger's routes needs beside its address; see `good_requests`."""

from decimal import Decimal
from uuid import UUID

from core.ids import new_id
from core.principals import SYSTEM
from relational import services
from relational.rows import NewAccount, NewEntry, NewPosting


def opened(values, kind="asset"):
    """Open a fresh account of the owner's."""
    return services.open_account(SYSTEM, NewAccount(UUID(values["owner_id"]), "good", str(new_id()), "CHF", kind)).id


def deposit(values):
    """Deposit into a fresh account, and return it with where it came from; `values` then names the transaction."""
    world, account = opened(values, "external"), opened(values)
    posting = NewPosting((NewEntry(world, Decimal(-1)), NewEntry(account, Decimal(1))))
    values["transaction_id"] = str(services.post_transaction(SYSTEM, posting).id)
    return account, world


def payment(values):
    """Pay from a fresh account that holds just as much."""
    source, target = deposit(values)
    return {"entries": [{"account_id": str(source), "amount": "-1"}, {"account_id": str(target), "amount": "1"}]}


def reversal(values):
    """Reverse a fresh deposit."""
    deposit(values)
    return {}


LEDGER_BODIES = {
    "POST /api/v1/accounts": lambda values: {
        "owner_id": values["owner_id"],
        "book": "good",
        "number": str(new_id()),
        "currency": "CHF",
    },
    "PATCH /api/v1/accounts/{account_id}": lambda values: {"overdraft_limit": "0"},
    "POST /api/v1/transactions": payment,
    "POST /api/v1/transactions/{transaction_id}/reversal": reversal,
}
