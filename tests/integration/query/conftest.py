"""People who have something in every store, for mixed reads on the real ones."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from core.principals import Principal, Role
from documents import services as documents
from query.links import SCHEMA_LINKS, parse_link
from relational import services as relational
from relational.rows import NewAccount
from timeseries import services as timeseries

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
PEOPLE = [f"user{number:02d}" for number in range(12)]
LINKS = (
    *SCHEMA_LINKS,
    parse_link(
        {
            "name": "badge",
            "source": "keys[badges.number].key",
            "target": "documents[badges].number",
            "conversion": "text_to_int",
        },
    ),
)


def empty_stores():
    """Leave the events: nobody else's name these users."""
    for store in ("default", "documents"):
        call_command("flush", database=store, interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """An analyst and twelve users, each with an account, a badge among the documents, and an event."""
    with django_db_blocker.unblock():
        empty_stores()
        yield _load()
        empty_stores()


@pytest.fixture
def people(loaded, django_db_blocker):
    """The principals, by name, with the stores open to the test."""
    with django_db_blocker.unblock():
        yield loaded


def _load():
    ids = relational.ensure_users([*PEOPLE, "analyst"])
    principals = {name: Principal(user_id) for name, user_id in ids.items()}
    analyst = principals["analyst"] = Principal(ids["analyst"], Role.ANALYST)
    relational.ensure_accounts([NewAccount(ids[name], "shop", name, "USD") for name in PEOPLE])
    relational.add_keys((ids[name], "badges.number", str(number)) for number, name in enumerate(PEOPLE))
    documents.create_collection(analyst, "badges", visibility="linked", indexes=["number"])
    documents.store_documents(analyst, "badges", [{"number": number} for number in range(len(PEOPLE))])
    stream = f"doors-{analyst.user_id}"
    timeseries.create_stream(analyst, name=stream, retention="forever", actor_may_read=True)
    events = [
        {"time": NOON + timedelta(seconds=number), "actor": f"user:{ids[name]}", "payload": {"door": number}}
        for number, name in enumerate(PEOPLE)
    ]
    assert {result.status for result in timeseries.append_events(analyst, stream, events)} == {"stored"}
    return principals
