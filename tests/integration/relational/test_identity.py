"""Users and their keys."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from core.errors import Conflict, InvalidInput
from core.principals import Principal, Role
from relational import selectors, services
from relational.models import User, UserKey

pytestmark = pytest.mark.django_db

WRONG_KEYS = [
    ("", "1", "source"),
    ("s", "", "key"),
    ("s" * 101, "1", "source"),
    ("s", "x" * 201, "key"),
    ("s", "a\0", "key"),
    ("user", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "source"),
    ("a:b", "c", "source"),
    ("user:", "c", "source"),
]


def test_a_user_is_created_with_a_hashed_password():
    user_id = services.create_user("carol", password="correct horse battery", role=Role.ANALYST)
    user = User.objects.get(pk=user_id)
    assert user.check_password("correct horse battery")
    assert (user.role, user.is_staff) == ("analyst", False)
    assert user_id.version == 7


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "dave", "password": "123"}, "password"),
        ({"username": "dave", "email": "no"}, "email"),
        ({"username": "da\0ve"}, "username"),
    ],
)
def test_a_wrong_field_is_named(fields, path):
    with pytest.raises(InvalidInput) as refusal:
        services.create_user(**fields)
    assert refusal.value.path == path
    assert not User.objects.exists()


def test_a_taken_name_is_a_conflict(people):
    with pytest.raises(Conflict, match="taken"):
        services.create_user("ada")


def test_ensured_users_are_made_once_and_cannot_log_in(people):
    again = services.ensure_users(["ada", "erin"])
    assert again["ada"] == people["ada"].user_id
    assert not User.objects.get(username="erin").has_usable_password()


def test_keys_tie_users_to_other_sources(people):
    ada, bob = people["ada"].user_id, people["bob"].user_id
    rows = [(ada, "cdnow", "00001"), (ada, "logs", "root"), (bob, "cdnow", "00002")]
    assert services.add_keys(rows) == 3
    assert services.add_keys(rows) == 0
    found = selectors.keys_of_users([ada, bob])
    assert [(key.source, key.key) for key in found[ada]] == [("cdnow", "00001"), ("logs", "root")]
    assert selectors.users_of_keys("cdnow", ["00001", "00002", "none"]) == {"00001": ada, "00002": bob}


@pytest.mark.parametrize(("source", "key", "path"), WRONG_KEYS)
def test_a_wrong_key_is_refused(people, source, key, path):
    with pytest.raises(InvalidInput) as refusal:
        services.add_keys([(people["ada"].user_id, source, key)])
    assert refusal.value.path == path
    assert path in refusal.value.message
    assert not UserKey.objects.exists()


def test_a_key_may_have_colons(people):
    ada = people["ada"].user_id
    assert services.add_keys([(ada, "logs", "b:c")]) == 1
    assert [key.key for key in selectors.keys_of_users([ada])[ada]] == ["b:c"]


def waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%userkey%'"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_keys_that_another_load_adds_meanwhile_are_not_counted():
    ada = services.ensure_users(["ada"])["ada"]

    def add_in_thread():
        try:
            return services.add_keys([(ada, "logs", "1"), (ada, "logs", "2")])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert services.add_keys((ada, "logs", key) for key in ("1", "3", "4")) == 3
            adding = pool.submit(add_in_thread)
            deadline = time.monotonic() + 20
            while not waits_for_a_lock():
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert adding.result(timeout=60) == 1
    assert UserKey.objects.count() == 4


def test_a_deactivated_user_is_not_found(people):
    User.objects.filter(username="bob").update(is_active=False)
    principal = Principal(people["ada"].user_id, Role.ADMIN)
    assert [user.username for user in selectors.users_page(principal, limit=10)] == ["ada"]
