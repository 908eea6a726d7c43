"""Streams in Django's admin: listed, made and changed by operators; by nobody else."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client

from core.principals import Principal, Role
from relational.models import User
from timeseries import selectors, services

pytestmark = pytest.mark.django_db
LIST = "/admin/timeseries/streamrecord/"


@pytest.fixture(scope="module", autouse=True)
def connected(django_db_setup, django_db_blocker):
    """Django's connection to Cassandra stands: a test that names PostgreSQL alone opens none, and one before closed it."""
    with django_db_blocker.unblock():
        connections["timeseries"].ensure_connection()


def client_of(role, *, is_staff=True):
    user = User.objects.create(username=f"u{uuid4().hex[:8]}", role=role, is_staff=is_staff)
    client = Client()
    client.force_login(user)
    return client, Principal(user.id, role)


@pytest.fixture
def operator_client():
    return client_of(Role.OPERATOR)[0]


def form(principal, **changes):
    values = {"owner": str(principal.user_id), "readers": "", "writers": "", "retention": "days90", "peak_rate": "2"}
    return {**values, **changes}


def test_streams_are_listed_by_name(operator_client, make_stream):
    names = sorted(make_stream() for _ in range(3))
    text = operator_client.get(LIST).content.decode()
    places = [text.index(f"{name}</a>") for name in names]
    assert places == sorted(places)
    assert operator_client.get(f"{LIST}?o=-2&q=x&retention=days7").status_code == 200, (
        "nothing sorts, searches, filters"
    )


def test_a_stream_is_made_and_changed(operator_client, owner):
    name, reader = f"test-{uuid4().hex}", uuid4()
    made = operator_client.post(f"{LIST}add/", form(owner, name=name))
    assert (made.status_code, made.headers["location"]) == (302, LIST)
    assert selectors.stream_by_name(owner, name).settings[0].retention == "days90"
    services.add_stream_settings(owner, name, valid_from=date(2100, 1, 1), retention="days7", peak_rate=5)
    page = operator_client.get(f"{LIST}{name}/change/").content.decode()
    assert "from 2100-01-01: days7, 5 events a second" in page
    assert "days90" in page
    change = form(owner, readers=f"{reader}\n", actor_may_read="on", retention="days7", name="other")
    assert operator_client.post(f"{LIST}{name}/change/", change).status_code == 302
    changed = selectors.stream_by_name(owner, name)
    assert (changed.readers, changed.actor_may_read) == (frozenset({reader}), True)
    assert changed.settings[0].retention == "days90", "settings change by a new version only"
    assert [entry.object_id for entry in LogEntry.objects.all()] == [name, name]


def test_what_is_wrong_is_said_in_the_form(operator_client, owner, make_stream):
    taken = make_stream()
    for wrong, reason in [
        ({"name": "a b"}, "a stream&#x27;s name is"),
        ({"name": "good", "readers": "nobody"}, "one user&#x27;s id a line"),
        ({"name": "good", "retention": "weekly"}, "Select a valid choice"),
        ({"name": "good", "owner": "x"}, "Enter a valid UUID"),
    ]:
        answer = operator_client.post(f"{LIST}add/", form(owner, **wrong))
        assert answer.status_code == 200
        assert reason in answer.content.decode()
    for wrong, reason in [
        ({"name": taken}, "exists already"),
        ({"name": "good", "peak_rate": "0"}, "peak rate must be"),
    ]:
        answer = operator_client.post(f"{LIST}add/", form(owner, **wrong), follow=True)
        assert reason in answer.content.decode()
    assert LogEntry.objects.count() == 0


def test_an_unknown_stream_is_no_error(operator_client):
    assert operator_client.get(f"{LIST}nothing-of-this-name/change/").status_code == 302


@pytest.mark.parametrize(("role", "is_staff"), [(Role.CONSUMER, True), (Role.ANALYST, True), (Role.ADMIN, False)])
def test_who_is_no_operator_on_the_staff_sees_nothing(role, is_staff, make_stream):
    client, _ = client_of(role, is_staff=is_staff)
    name = make_stream()
    for address in (LIST, f"{LIST}add/", f"{LIST}{name}/change/", f"{LIST}{name}/delete/"):
        assert client.get(address).status_code in {302, 403}
        assert name not in client.get(address).content.decode().replace(address, "")


def test_no_stream_is_deleted(operator_client, make_stream, owner):
    name = make_stream()
    assert operator_client.post(f"{LIST}{name}/delete/", {"post": "yes"}).status_code == 403
    assert selectors.stream_by_name(owner, name)
