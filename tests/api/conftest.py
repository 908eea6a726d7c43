"""A small world, stored for good in the three test databases: who asks the API in these tests, and what they own.

It is made once and read by every test: a mixed read asks on threads of its own, which would not see what a test's
transaction holds. A test that changes something in PostgreSQL takes `db`, which undoes it.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from rest_framework_simplejwt.tokens import AccessToken

from api.authentication import make_access_token
from core.ids import derive_id
from core.principals import SYSTEM, Principal, Role
from documents import services as documents
from relational import selectors
from relational import services as relational
from relational.models import Account, Job, OutboxMessage
from relational.rows import NewAccount, NewEntry, NewTransaction
from timeseries import services as timeseries

PASSWORD = "correct horse battery"
CONTENT = b'{"rows": 3}'
OBJECT_ID = "5ca4bbcea2dd94ee58162a68"
RANGE = {"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z", "field": "kind"}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LONGER_THAN_THE_TESTS = timedelta(hours=2)


class Person:
    """A user with a client that is logged in as them."""

    def __init__(self, username, role):
        self.username, self.role = username, role
        self.id = relational.create_user(username, password=PASSWORD, role=role, first_name=username.title())
        self.log_in()

    def log_in(self):
        """Take a token that says what holds now: the role and the teams."""
        credential = selectors.credential_of_user(self.id)
        assert credential
        self.principal = Principal(self.id, Role(credential.role), frozenset(credential.team_ids))
        token: Any = AccessToken(make_access_token(credential))  # type: ignore[arg-type]  # it takes text
        token.set_exp(lifetime=LONGER_THAN_THE_TESTS)
        self.client = client_with(f"Bearer {token}")

    def get(self, path, **query):
        return self.client.get(path, query)


def client_with(authorization):
    return Client(raise_request_exception=False, headers={"authorization": authorization})


@pytest.fixture(scope="package")
def stores(django_db_setup, django_db_blocker):
    """The test databases, emptied of what others left, written to for good, and emptied in the end."""
    with django_db_blocker.unblock():
        _empty_stores()
        yield
        _empty_stores()


def _empty_stores():
    for alias in ("default", "documents", "timeseries"):
        call_command("flush", database=alias, interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def people(stores):
    """Two consumers, the manager and a member of the team `crew`, and one of every other role, by name."""
    roles = {"ana": Role.ANALYST, "oli": Role.OPERATOR, "adm": Role.ADMIN}
    names = ("ada", "bob", "meg", "tim", *roles)
    return {name: Person(name, roles.get(name, Role.CONSUMER)) for name in names}


@pytest.fixture(scope="package")
def teams(people):
    """The team `crew` with Meg, its manager, and Tim; the team `duo` that Ada manages alone."""
    meg = people["meg"].principal
    crew, duo = relational.create_team(meg, "crew"), relational.create_team(people["ada"].principal, "duo")
    relational.put_member(SYSTEM, crew.id, people["tim"].id, is_manager=False)
    for name in ("meg", "tim", "ada"):
        people[name].log_in()
    return {"crew": crew.id, "duo": duo.id}


@pytest.fixture
def anybody(people):
    """A client without a token."""
    return Client(raise_request_exception=False)


@pytest.fixture
def stranger(people, db):
    """A consumer whom a test may change: with the test's transaction both are undone."""
    return Person("stranger", Role.CONSUMER)


@pytest.fixture(scope="package")
def ledger(people):
    """Five purchases of Ada's at the shop and one of Bob's, a minute apart; the shop belongs to the operator."""
    ids = relational.ensure_accounts(
        [
            NewAccount(people["ada"].id, "shop", "ada", "USD", "external"),
            NewAccount(people["bob"].id, "shop", "bob", "USD", "external"),
            NewAccount(people["oli"].id, "shop", "sales", "USD"),
            NewAccount(people["ada"].id, "bank", "savings", "CHF"),
        ],
    )
    accounts = {f"{book}:{number}": account_id for (book, number, _), account_id in ids.items()}
    bought = [purchase(accounts, buyer="ada", place=place) for place in range(5)]
    bought.append(purchase(accounts, buyer="bob", place=5))
    relational.post_transactions(bought)
    return {"accounts": accounts, "transactions": [row.id for row in bought]}


@pytest.fixture(scope="package")
def streams(people):
    """Ada's own log, a log that Bob reads, and one of which each actor reads what names them.

    Each has three events, a minute apart, the middle one about Ada, the last about a key of Ada's.
    """
    relational.add_keys([(people["ada"].id, "OpenSSH.user", "root")])
    actors = [None, f"user:{people['ada'].id}", "OpenSSH.user:root"]
    for name, owner, readers, actor_may_read in [
        ("notes", "ada", [], False),
        ("shop.log", "oli", ["bob"], False),
        ("sshd", "oli", [], True),
    ]:
        owner_ = people[owner].principal
        ids = [people[reader].id for reader in readers]
        timeseries.create_stream(owner_, name=name, retention="forever", readers=ids, actor_may_read=actor_may_read)
        events = [
            {"time": NOON + timedelta(minutes=place), "actor": actor, "kind": "test", "payload": {"place": place}}
            for place, actor in enumerate(actors)
        ]
        assert {result.status for result in timeseries.append_events(owner_, name, events)} == {"stored"}


@pytest.fixture(scope="package")
def papers(people):
    """Ada's private letters, Bob's public notices, and the operator's customers, who read what names them."""
    relational.add_keys([(people["ada"].id, "customers._id", OBJECT_ID)])
    contents: dict[tuple[str, str, str], list[dict[str, object]]] = {
        ("letters", "ada", "private"): [{"_id": f"letter-{place}", "place": place} for place in range(5)],
        ("notices", "bob", "public"): [
            {"_id": 1, "text": "ä", "at": {"city": "Bern"}, "tags": ["a", "b"]},
            {"_id": 2, "text": "x", "at": {"city": "Rom"}, "tags": []},
        ],
        ("customers", "oli", "linked"): [
            {"_id": OBJECT_ID, "name": "Ada", "accounts": [371138, 324287]},
            {"_id": "5ca4bbcea2dd94ee58162a69", "name": "Bob", "accounts": []},
        ],
    }
    for (name, owner, visibility), items in contents.items():
        documents.create_collection(people[owner].principal, name, visibility=visibility, indexes=["place"])
        stored = documents.store_documents(people[owner].principal, name, items)
        assert {result.status for result in stored} == {"stored"}


def purchase(accounts, *, buyer, place):
    booked = NOON + timedelta(minutes=place)
    price = Decimal("1.5") + place
    entries = (NewEntry(accounts[f"shop:{buyer}"], -price), NewEntry(accounts["shop:sales"], price))
    row_id = derive_id(booked, buyer.encode(), bytes([place]))
    return NewTransaction(row_id, "shop", booked, entries, description=f"purchase {place}", details={"cds": place})


def problem(response, status, code):
    """Check that an answer is a problem of this kind, and return it."""
    assert response.status_code == status, response.content
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response.headers["x-request-id"]
    return body


@pytest.fixture(scope="package")
def dead_message(stores):
    """A message of the outbox that could not be delivered."""
    row = OutboxMessage.objects.create(lane=0, key="user:nobody", topic="test", payload={}, state="dead", settled=NOON)
    return row.id


@pytest.fixture(scope="package")
def files_of_jobs(tmp_path_factory):
    """Where jobs put their files, for the tests of this package."""
    with override_settings(FILES=str(tmp_path_factory.mktemp("files"))):
        yield Path(settings.FILES)  # type: ignore[misc]  # mypy does not see split settings


def finished_job(folder, *, content=CONTENT, **owner):
    """Make a job that has succeeded, with a file."""
    digest = sha256(content).hexdigest()
    file = {"name": "rows.json", "bytes": len(content), "sha256": digest, "content_type": "application/json"}
    job = Job.objects.create(
        kind="probe", created_by=SYSTEM.user_id, scopes=[], request={"n": 1}, state="succeeded", attempt=1,
        result={"files": [file]}, finished=NOON, expires=NOON + timedelta(days=36_500), **owner,
    )  # fmt: skip
    (folder / str(job.id)).mkdir()
    (folder / str(job.id) / "rows.json").write_bytes(content)
    return job.id


@pytest.fixture(scope="package")
def values(people, teams, ledger, streams, papers, dead_message, files_of_jobs):
    """A good value for everything that varies in an address: something of Ada's."""
    return {
        "owner_id": str(people["ada"].id),
        "team_id": str(teams["duo"]),
        "api_key": "AbCdEfGh",
        "user_id": str(people["ada"].id),
        "account_id": str(ledger["accounts"]["shop:ada"]),
        "transaction_id": str(ledger["transactions"][0]),
        "stream": "notes",
        "lookup": "kind",
        **RANGE,
        "collection": "letters",
        "document_id": "letter-0",
        "actor": f"user:{people['ada'].id}",
        "message_id": str(dead_message),
        "job_id": str(finished_job(files_of_jobs, user_id=people["ada"].id)),
        "file_name": "rows.json",
    }


@pytest.fixture(scope="package")
def team_values(people, teams, values, files_of_jobs):
    """As `values`, but of what the team `crew` has; its things are made as if the team were somebody."""
    crew = Principal(teams["crew"])
    account = Account.objects.create(team_id=crew.user_id, book="crew", number="till", currency="CHF", kind="external")
    bank = Account.objects.create(user_id=people["oli"].id, book="crew", number="bank", currency="CHF", kind="external")
    entries = (NewEntry(account.id, Decimal(-1)), NewEntry(bank.id, Decimal(1)))
    paid = NewTransaction(derive_id(NOON, b"crew"), "crew", NOON, entries)
    relational.post_transactions([paid])
    timeseries.create_stream(crew, name="crew.log", retention="forever")
    event = {"time": NOON, "actor": f"user:{people['tim'].id}", "kind": "test", "payload": {"place": 0}}
    timeseries.append_events(crew, "crew.log", [event])
    documents.create_collection(crew, "minutes", visibility="private", indexes=[])
    documents.store_documents(crew, "minutes", [{"_id": "minute-0"}])
    return {
        "owner_id": str(crew.user_id),
        "team_id": str(crew.user_id),
        "api_key": "AbCdEfGh",
        "user_id": str(people["tim"].id),
        "account_id": str(account.id),
        "transaction_id": str(paid.id),
        "stream": "crew.log",
        "lookup": "kind",
        **RANGE,
        "collection": "minutes",
        "document_id": "minute-0",
        "actor": f"user:{people['tim'].id}",
        "job_id": str(finished_job(files_of_jobs, team_id=crew.user_id)),
        "file_name": "rows.json",
    }
