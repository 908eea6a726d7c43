"""What is told of users is committed with them, or neither is."""

import pytest
from django.db import DatabaseError

from core.errors import InvalidInput, TriviumError
from core.principals import Principal, Role
from relational import services
from relational.models import OutboxMessage, User
from relational.services import users

pytestmark = pytest.mark.django_db

WRITES = {
    "create": lambda ada: services.create_user("carol"),
    "ensure": lambda ada: services.ensure_users(["carol"]),
    "profile": lambda ada: services.change_profile(ada, {"first_name": "A"}),
    "role": lambda ada: services.change_user(admin(), ada.user_id, role=Role.ANALYST),
}


def admin():
    return Principal(User.objects.get(role="admin").id, Role.ADMIN)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_without_its_message_nothing_is_written(people, monkeypatch, write):
    services.create_user("root", role=Role.ADMIN)
    before = list(User.objects.order_by("id").values())

    def fail(messages):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(users, "add_messages", fail)
    with pytest.raises(DatabaseError, match="disk"):
        write(people["ada"])
    assert list(User.objects.order_by("id").values()) == before


def test_a_refused_write_tells_nothing(people):
    count = OutboxMessage.objects.count()
    for write in (
        lambda: services.create_user("ada"),
        lambda: services.create_user("dave", password="1"),
        lambda: services.change_profile(people["ada"], {"email": "no"}),
        lambda: services.change_user(people["ada"], people["bob"].user_id, role=Role.ADMIN),
    ):
        with pytest.raises(TriviumError):
            write()
    assert OutboxMessage.objects.count() == count


def test_names_that_others_give_have_letters_of_any_script_in_one_form(db):
    for name in ("zoë", "\u0430\u0434\u0430"):
        assert set(services.ensure_users([name])) == {name}
    for make in (services.create_user, lambda name: services.ensure_users([name])):
        for name in ("zoe\u0308", "\uff41da", "\ufb01"):
            with pytest.raises(InvalidInput, match=r"NFKC|Enter a valid username"):
                make(name)


def test_a_thousand_users_are_told_of_at_once(people, django_assert_max_num_queries):
    names = [f"user{place}" for place in range(1000)]
    with django_assert_max_num_queries(8):
        ids = services.ensure_users(names)
    assert OutboxMessage.objects.filter(key__in=[f"user:{ids[name]}" for name in names]).count() == 1000
