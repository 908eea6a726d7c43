"""By which values things in other stores name a principal."""

import pytest
from django.test import override_settings

from core.errors import InvalidInput
from core.principals import Principal, Role
from query.belonging import own_values
from relational import services
from relational.models import UserKey

LINKS = [
    {
        "name": "badge",
        "source": "keys[badges.number].key",
        "target": "documents[badges].number",
        "conversion": "text_to_int",
    },
    {"name": "opened", "source": "users.id", "target": "documents[badges].opened_by"},
    {"name": "next", "source": "documents[badges].next", "target": "documents[badges].number"},
]


@pytest.fixture
def ada(db):
    user_id = services.ensure_users(["ada"])["ada"]
    services.add_keys([(user_id, "badges.number", key) for key in ("7", "008", "none")])
    with override_settings(TRIVIUM_LINKS=LINKS):
        yield Principal(user_id)


def test_keys_and_ids_are_converted_and_what_names_nothing_is_left_out(ada):
    assert own_values(ada, "documents", "badges") == {"number": {7, 8}, "opened_by": {ada.user_id}}


def test_of_events_every_key_is_an_actor(ada):
    assert own_values(ada, "events") == {
        "actor": {f"user:{ada.user_id}", "badges.number:7", "badges.number:008", "badges.number:none"},
    }


@pytest.mark.parametrize(("source", "key"), [("user", None), ("badges.number:7", "8"), ("user:x", "y")])
def test_no_key_makes_somebody_else_of_a_user(ada, source, key):
    other = services.ensure_users(["bob"])["bob"]
    before = own_values(ada, "events")
    with pytest.raises(InvalidInput) as refusal:
        services.add_keys([(ada.user_id, source, key or str(other))])
    assert refusal.value.path == "source"
    UserKey.objects.create(user_id=ada.user_id, source=source, key=key or str(other))  # as an older release let in
    assert own_values(ada, "events") == before


def test_another_collection_has_no_names_for_anybody(ada):
    assert own_values(ada, "documents", "tickets") == {}


def test_who_sees_everything_needs_no_names(ada):
    assert own_values(Principal(ada.user_id, Role.ANALYST), "documents", "badges") == {}
