"""What a good request of each route needs beside its address: one line per route that changes something.

A line names `METHOD route` and a function of the values that stand in addresses (`values` or `team_values` of
conftest). It returns the body; where the request would use up a thing that other tests read, it first makes a fresh one
and puts its name into the values. What PostgreSQL holds is undone after each test.
"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.contrib.auth.tokens import default_token_generator
from djoser.utils import encode_uid

from api.authentication import make_refresh_token
from core.ids import new_id
from core.principals import SYSTEM, Principal
from core.times import format_time, now
from documents import services as documents
from relational import selectors
from relational import services as relational
from relational.models import Job, OutboxMessage, User
from relational.rows import NewAccount, NewEntry, NewPosting
from tests.api.conftest import PASSWORD
from timeseries import services as timeseries

NEW_PASSWORD = "battery horse correct"


def refresh_token(values):
    credential = selectors.credential_of_user(UUID(values["user_id"]))
    assert credential
    return make_refresh_token(credential)


def tomorrow():
    return format_time(now() + timedelta(days=1))


def reset_link(values):
    user = User.objects.get(pk=values["user_id"])
    token = default_token_generator.make_token(user)
    return {"uid": encode_uid(user.pk), "token": token, "new_password": NEW_PASSWORD}


def fresh_api_key(values):
    """Make a key of whose things the values are."""
    owner = Principal(UUID(values["user_id"]))
    row, _ = relational.create_api_key(owner, name="k", scopes=["ledger:read"], expires=now() + timedelta(days=1))
    values["api_key"] = row.id


def fresh_member(values):
    """Make somebody a member of the team."""
    member = relational.create_user("fay")
    relational.put_member(SYSTEM, UUID(values["team_id"]), member, is_manager=False)
    values["user_id"] = str(member)


def fresh_invitation(values):
    """Let a team of somebody else's invite the user."""
    inviter = Principal(relational.create_user("fay"))
    team = relational.create_team(inviter, "fays")
    relational.put_member(inviter, team.id, UUID(values["user_id"]), is_manager=False)
    values["team_id"] = str(team.id)


def opened(values, kind="asset"):
    """Open a fresh account of the owner's."""
    return relational.open_account(SYSTEM, NewAccount(UUID(values["owner_id"]), "good", str(new_id()), "CHF", kind)).id


def payment(values):
    """Pay from a fresh account that holds just as much."""
    source, target = deposit(values)
    entries = [{"account_id": str(source), "amount": "-1"}, {"account_id": str(target), "amount": "1"}]
    return {"entries": entries}


def deposit(values):
    """Deposit into a fresh account; the transaction is then the one that `values` names."""
    source, target = opened(values, "external"), opened(values)
    posting = NewPosting((NewEntry(source, Decimal(-1)), NewEntry(target, Decimal(1))))
    values["transaction_id"] = str(relational.post_transaction(SYSTEM, posting).id)
    return target, source


def reversal(values):
    """Reverse a fresh deposit."""
    deposit(values)
    return {}


def owner_of(values):
    """Return somebody who is what stands in the values."""
    return Principal(UUID(values["owner_id"]))


def fresh_collection(values):
    if values["collection"] in ("letters", "minutes"):
        values["collection"] = f"new-{new_id()}"
        documents.create_collection(owner_of(values), values["collection"])


def fresh_document(values):
    """Make a document in a collection of its own, whose lists nobody reads."""
    fresh_collection(values)
    if values["document_id"] in ("letter-0", "minute-0"):
        values["document_id"] = "fresh"
        documents.create_document(owner_of(values), values["collection"], {"n": 1}, id_text="fresh")
    return {"fields": {"n": 2}}


def fresh_job(values, state):
    """Make a job of the owner's, and let it be in a state."""
    job = relational.add_job(SYSTEM, kind="probe", request={"n": 1}, owner_id=UUID(values["owner_id"]))
    finished = None if state in {"queued", "running"} else now()
    Job.objects.filter(pk=job.id).update(state=state, finished=finished)
    values["job_id"] = str(job.id)
    return {}


def dead_message(values):
    """Make a message that is dead."""
    values["message_key"] = f"user:{new_id()}"
    message = OutboxMessage.objects.create(lane=0, key=values["message_key"], topic="t", payload={}, state="dead")
    OutboxMessage.objects.filter(id=message.id).update(settled=now(), error="why")
    values["message_id"] = str(message.id)


def fresh_lookup(values):
    """Declare a lookup of a fresh stream."""
    of_fresh_stream(values, None)
    timeseries.declare_lookup(owner_of(values), values["stream"], name=values["lookup"], field="kind")


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
    "POST /api/v1/auth/register": lambda values: {"username": "zoe", "email": "zoe@example.org", "password": PASSWORD},
    "POST /api/v1/auth/logout": lambda values: {"refresh": refresh_token(values)},
    "POST /api/v1/auth/password/change": lambda values: {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    "POST /api/v1/auth/password/reset": lambda values: {"email": "ada@example.org"},
    "POST /api/v1/auth/password/reset/confirm": reset_link,
    "PATCH /api/v1/users/me": lambda values: {"first_name": "A"},
    "PATCH /api/v1/users/{user_id}": lambda values: {"role": "analyst"},
    "POST /api/v1/api-keys": lambda values: {"name": "k", "scopes": ["ledger:read"], "expires": tomorrow()},
    "DELETE /api/v1/api-keys/{api_key}": fresh_api_key,
    "GET /api/v1/api-keys": fresh_api_key,
    "GET /api/v1/outbox/dead": dead_message,
    "POST /api/v1/outbox/dead/{message_id}/replay": lambda values: dead_message(values) or {},
    "POST /api/v1/exports": lambda values: {
        "streams": [values["stream"]],
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T00:00:00Z",
    },
    "POST /api/v1/jobs/{job_id}/cancel": lambda values: fresh_job(values, "queued"),
    "POST /api/v1/jobs/{job_id}/retry": lambda values: fresh_job(values, "failed"),
    "DELETE /api/v1/jobs/{job_id}": lambda values: fresh_job(values, "succeeded"),
    "POST /api/v1/teams": lambda values: {"name": "new"},
    "PATCH /api/v1/teams/{team_id}": lambda values: {"name": "renamed"},
    "PUT /api/v1/teams/{team_id}/members/{user_id}": lambda values: fresh_member(values) or {"is_manager": True},
    "DELETE /api/v1/teams/{team_id}/members/{user_id}": fresh_member,
    "GET /api/v1/invitations": fresh_invitation,
    "POST /api/v1/teams/{team_id}/acceptance": lambda values: fresh_invitation(values) or {},
    "POST /api/v1/collections": lambda values: {"name": f"new-{new_id()}"},
    "PATCH /api/v1/collections/{collection}": lambda values: fresh_collection(values) or {"indexes": ["place"]},
    "DELETE /api/v1/collections/{collection}": fresh_collection,
    "POST /api/v1/collections/{collection}/documents": lambda values: fresh_collection(values) or {"fields": {}},
    "PUT /api/v1/collections/{collection}/documents/{document_id}": fresh_document,
    "PATCH /api/v1/collections/{collection}/documents/{document_id}": fresh_document,
    "DELETE /api/v1/collections/{collection}/documents/{document_id}": fresh_document,
    "POST /api/v1/streams": lambda values: {
        "name": f"test-{uuid4().hex}",
        "retention": "days7",
        "owner_id": values["owner_id"],
    },
    "PATCH /api/v1/streams/{stream}": lambda values: of_fresh_stream(values, {"actor_may_read": True}),
    "PUT /api/v1/streams/{stream}/column-rules": lambda values: of_fresh_stream(
        values, {"rules": {"analyst": {"actor": "hidden"}}}
    ),
    "POST /api/v1/streams/{stream}/settings": lambda values: of_fresh_stream(
        values, {"retention": "days90", "peak_rate": 5}
    ),
    "PUT /api/v1/streams/{stream}/schema": lambda values: of_fresh_stream(values, {"fields": {"place": "int"}}),
    "POST /api/v1/streams/{stream}/deletions": lambda values: of_fresh_stream(values, {"to": "2026-01-31T12:00:00Z"}),
    "POST /api/v1/streams/{stream}/recounts": lambda values: of_fresh_stream(values, {}),
    "PUT /api/v1/usage/{owner_id}": lambda values: {"limit_bytes": None},
    "PUT /api/v1/streams/{stream}/lookups/{lookup}": lambda values: of_fresh_stream(values, {"field": "kind"}),
    "DELETE /api/v1/streams/{stream}/lookups/{lookup}": fresh_lookup,
    "POST /api/v1/streams/{stream}/events": lambda values: of_fresh_stream(
        values, [{"time": "2026-01-31T12:00:00Z", "payload": {"place": 1}}]
    ),
}
# In which lists a thing of `values` stands, and what names it there: for who may not see it, it is absent.
LISTED = {
    "GET /api/v1/users": "user_id",
    "GET /api/v1/teams": "team_id",
    "GET /api/v1/teams/{team_id}/members": "user_id",
    "GET /api/v1/invitations": "team_id",
    "GET /api/v1/api-keys": "api_key",
    "GET /api/v1/accounts": "account_id",
    "GET /api/v1/accounts/{account_id}/statement": "transaction_id",
    "GET /api/v1/transactions": "transaction_id",
    "GET /api/v1/collections": "collection",
    "GET /api/v1/collections/{collection}/documents": "document_id",
    "GET /api/v1/jobs": "job_id",
    "GET /api/v1/outbox/dead": "message_key",
    "GET /api/v1/streams": "stream",
    "GET /api/v1/streams/{stream}/events": "stream",
    "GET /api/v1/streams/{stream}/fields": "stream",
    "GET /api/v1/usage": "owner_id",
    "GET /api/v1/events": "stream",
}


def of_fresh_stream(values, body):
    """Name a fresh stream, of the same owner, in the values."""
    values["stream"] = f"test-{uuid4().hex}"
    timeseries.create_stream(Principal(UUID(values["owner_id"])), name=values["stream"], retention="forever")
    return body


def body_of(line, values):
    return BODIES[line](values) if line in BODIES else None
