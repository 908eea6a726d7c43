"""What a good request of each route needs beside its address: one line per route that changes something.

A line names `METHOD route` and a function of the values that stand in addresses (`values` or `team_values` of
conftest). It returns the body; where the request would use up a thing that other tests read, it first makes a fresh one
and puts its name into the values. What PostgreSQL holds is undone after each test.
"""

from decimal import Decimal
from uuid import UUID

from api.authentication import make_refresh_token
from core.ids import new_id
from core.principals import SYSTEM
from relational import selectors, services
from relational.rows import NewAccount, NewEntry, NewPosting
from tests.api.conftest import PASSWORD


def opened(values, kind="asset"):
    """Open a fresh account of the owner's."""
    return services.open_account(SYSTEM, NewAccount(UUID(values["owner_id"]), "good", str(new_id()), "CHF", kind)).id


def payment(values):
    """Pay from a fresh account that holds just as much."""
    source, target = deposit(values)
    entries = [{"account_id": str(source), "amount": "-1"}, {"account_id": str(target), "amount": "1"}]
    return {"entries": entries}


def deposit(values):
    """Deposit into a fresh account; the transaction is then the one that `values` names."""
    source, target = opened(values, "external"), opened(values)
    posting = NewPosting((NewEntry(source, Decimal(-1)), NewEntry(target, Decimal(1))))
    values["transaction_id"] = str(services.post_transaction(SYSTEM, posting).id)
    return target, source


def reversal(values):
    """Reverse a fresh deposit."""
    deposit(values)
    return {}


BODIES = {
    "POST /api/v1/auth/token": lambda values: {"username": "ada", "password": PASSWORD},
    "POST /api/v1/accounts": lambda values: {
        "owner_id": values["owner_id"],
        "book": "good",
        "number": str(new_id()),
        "currency": "CHF",
    },
    "PATCH /api/v1/accounts/{account_id}": lambda values: {"overdraft_limit": "0"},
    "POST /api/v1/transactions": payment,
    "POST /api/v1/transactions/{transaction_id}/reversal": reversal,
    "POST /api/v1/auth/token/refresh": lambda values: {"refresh": refresh_token(values)},
}
# In which lists a thing of `values` stands, and what names it there: for who may not see it, it is absent.
LISTED = {
    "GET /api/v1/users": "user_id",
    "GET /api/v1/accounts": "account_id",
    "GET /api/v1/accounts/{account_id}/statement": "transaction_id",
    "GET /api/v1/transactions": "transaction_id",
    "GET /api/v1/collections": "collection",
    "GET /api/v1/collections/{collection}/documents": "document_id",
    "GET /api/v1/streams": "stream",
    "GET /api/v1/streams/{stream}/events": "stream",
    "GET /api/v1/events": "stream",
}


def refresh_token(values):
    credential = selectors.credential_of_user(UUID(values["user_id"]))
    assert credential
    return make_refresh_token(credential)


def body_of(line, values):
    return BODIES[line](values) if line in BODIES else None
