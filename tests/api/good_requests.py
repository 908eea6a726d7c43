"""What a good request of each route needs beside its address: one line per route that changes something.

A line names `METHOD route` and a function of the values that stand in addresses (`values` or `team_values` of
conftest). It returns the body; where the request would use up a thing that other tests read, it first makes a fresh one
and puts its name into the values. What PostgreSQL holds is undone after each test.
"""

from uuid import UUID, uuid4

from api.authentication import make_refresh_token
from core.principals import Principal
from relational import selectors
from tests.api.conftest import PASSWORD
from timeseries import services as timeseries

BODIES = {
    "POST /api/v1/auth/token": lambda values: {"username": "ada", "password": PASSWORD},
    "POST /api/v1/auth/token/refresh": lambda values: {"refresh": refresh_token(values)},
    "POST /api/v1/streams": lambda values: {
        "name": f"test-{uuid4().hex}",
        "retention": "days7",
        "owner_id": values["owner_id"],
    },
    "PATCH /api/v1/streams/{stream}": lambda values: of_fresh_stream(values, {"actor_may_read": True}),
    "POST /api/v1/streams/{stream}/settings": lambda values: of_fresh_stream(
        values, {"retention": "days90", "peak_rate": 5}
    ),
    "POST /api/v1/streams/{stream}/events": lambda values: of_fresh_stream(
        values, [{"time": "2026-01-31T12:00:00Z", "payload": {"place": 1}}]
    ),
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


def of_fresh_stream(values, body):
    """Name a fresh stream, of the same owner, in the values."""
    values["stream"] = f"test-{uuid4().hex}"
    timeseries.create_stream(Principal(UUID(values["owner_id"])), name=values["stream"], retention="forever")
    return body


def refresh_token(values):
    credential = selectors.credential_of_user(UUID(values["user_id"]))
    assert credential
    return make_refresh_token(credential)


def body_of(line, values):
    return BODIES[line](values) if line in BODIES else None
