"""What a good request of each route needs beside its address: one line per route that changes something.

A line names `METHOD route` and a function of the values that stand in addresses (`values` or `team_values` of
conftest). It returns the body; where the request would use up a thing that other tests read, it first makes a fresh one
and puts its name into the values. What PostgreSQL holds is undone after each test.
"""

from uuid import UUID

from api.authentication import make_refresh_token
from relational import selectors
from tests.api.conftest import PASSWORD

BODIES = {
    "POST /api/v1/auth/token": lambda values: {"username": "ada", "password": PASSWORD},
    "POST /api/v1/auth/token/refresh": lambda values: {"refresh": refresh_token(values)},
}
# In which lists a thing of `values` stands, and what names it there: for who may not see it, it is absent.
LISTED = {
    "GET /api/v1/users": "user_id",
    "GET /api/v1/accounts": "account_id",
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
