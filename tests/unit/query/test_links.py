import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from core.errors import InvalidInput
from query.checks import check_links
from query.links import SCHEMA_LINKS, Link, Place, declared_links, faults_of, parse_link


def declare(source, target, conversion="same", name="mine"):
    return {"name": name, "source": source, "target": target, "conversion": conversion}


def test_the_links_of_this_deployment_can_be_followed():
    assert check_links() == []
    assert len(declared_links()) > len(SCHEMA_LINKS)


def test_a_link_is_read():
    entry = declare("keys[customers._id].key", "documents[customers]._id", "text_to_object_id")
    assert parse_link(entry) == Link(
        "mine",
        Place("keys", "key", "customers._id"),
        Place("documents", "_id", "customers"),
        "text_to_object_id",
    )


def test_the_conversion_may_be_left_out():
    assert parse_link({"name": "a", "source": "users.id", "target": "accounts.owner"}).conversion == "same"


def test_a_place_is_written_as_it_is_read():
    for text in ("users.id", "keys[customers._id].key", "documents[a b].address.city"):
        link = parse_link({"name": "a", "source": text, "target": text})
        assert str(link.source) == text


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("users.id", "L", "a mapping of texts"),
        ({"name": 1, "source": "a.b", "target": "a.b"}, "L", "a mapping of texts"),
        ({"source": "users.id", "target": "accounts.owner"}, "L", "nothing else"),
        ({**declare("users.id", "accounts.owner"), "extra": "x"}, "L", "nothing else"),
        (declare("users", "accounts.owner"), "L.source", "'users' is no place"),
        (declare("users.id", "accounts[].owner"), "L.target", "is no place"),
        (declare("users.id", "documents[a].$where"), "L.target", "is no place"),
    ],
)
def test_what_is_no_link_is_refused(entry, path, message):
    with pytest.raises(InvalidInput) as refused:
        parse_link(entry, path="L")
    assert (refused.value.path, message in refused.value.message) == (path, True)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (declare("people.id", "accounts.owner"), "it names an unknown resource"),
        (declare("users.id", "invoices.owner"), "it names an unknown resource"),
        (declare("users.email", "accounts.owner"), "no 'email' of users leads on"),
        (declare("users.id", "accounts.balance"), "accounts cannot be read by 'balance'"),
        (declare("users.id", "events.payload"), "events cannot be read by 'payload'"),
        (declare("users.id", "accounts.number"), "accounts.number names no book"),
        (declare("users.id", "documents.owner"), "documents.owner names no collection"),
        (declare("documents.a", "documents[b].c"), "documents.a names no collection"),
        (declare("users[x].id", "accounts.owner"), "users[x].id names a part where none is taken"),
        (declare("users.id", "accounts[shop].owner"), "accounts[shop].owner names a part where none is taken"),
        (declare("users.id", "events.actor"), "the conversion 'same' does not lead from uuid to text"),
        (declare("users.id", "accounts.owner", "teleport"), "the conversion 'teleport' does not lead"),
        (declare("keys.key", "accounts.owner", "text_to_int"), "the conversion 'text_to_int' does not lead"),
        (declare("documents[a].b", "accounts[c].number"), "the conversion 'same' does not lead from any to text"),
        (declare("accounts.owner", "users.id"), "accounts do not lead to users"),
        (declare("events.actor", "documents[a].b"), "events do not lead to documents"),
    ],
)
def test_a_link_that_cannot_be_followed_is_told_with_a_remedy(entry, fault):
    with override_settings(TRIVIUM_LINKS=[entry]):
        (error, *more) = check_links()
    assert error.id == "query.E002"
    assert fault in error.msg, error.msg
    assert "docs/mixed-queries.md" in str(error.hint)
    assert all(other.id == "query.E002" for other in more)


@pytest.mark.parametrize(
    "entry",
    [
        declare("users.id", "documents[profiles].user"),
        declare("documents[profiles].accounts", "accounts[demo].number", "text"),
        declare("documents[customers].accounts", "accounts[bank].number", "int_to_text"),
        declare("documents[a].b", "documents[a].c"),
        declare("keys[x].key", "accounts.owner", "text_to_uuid"),
        declare("documents[a].user", "transactions.owner", "text_to_uuid"),
    ],
)
def test_control_these_can_be_followed(entry):
    assert list(faults_of(parse_link(entry))) == []


def test_an_unreadable_setting_is_an_error_of_the_check():
    with override_settings(TRIVIUM_LINKS=[declare("users", "accounts.owner")]):
        (error,) = check_links()
    assert error.id == "query.E001"
    assert "TRIVIUM_LINKS[0].source" in error.msg


def test_two_links_of_one_name_are_an_error():
    entry = declare("users.id", "documents[profiles].user", name="owner")
    with override_settings(TRIVIUM_LINKS=[entry]):
        (error,) = check_links()
    assert error.id == "query.E003"
    assert "'owner'" in error.msg


def test_without_the_setting_there_are_the_schemas_links():
    with override_settings(TRIVIUM_LINKS=()):
        assert declared_links() == SCHEMA_LINKS


@pytest.mark.parametrize(
    "entries",
    [[declare("users", "accounts.owner")], [declare("users.id", "events.actor")], ["users.id"], [{"name": []}], None],
)
def test_a_process_whose_setting_was_not_checked_says_so_and_does_not_blame_the_request(entries):
    with override_settings(TRIVIUM_LINKS=entries), pytest.raises(ImproperlyConfigured, match="run manage.py check"):
        declared_links()
