"""Users and their keys."""

import pytest

from core.errors import Conflict, InvalidInput
from core.principals import Principal, Role
from relational import selectors, services
from relational.models import User

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(("source", "key", "path"), [("", "1", "source"), ("s", "x" * 201, "key"), ("s", "a\0", "key")])
def test_a_wrong_key_is_refused(people, source, key, path):
    with pytest.raises(InvalidInput) as refusal:
        services.add_keys([(people["ada"].user_id, source, key)])
    assert refusal.value.path == path


def test_a_deactivated_user_is_not_found(people):
    User.objects.filter(username="bob").update(is_active=False)
    principal = Principal(people["ada"].user_id, Role.ADMIN)
    assert [user.username for user in selectors.users_page(principal, limit=10)] == ["ada"]
