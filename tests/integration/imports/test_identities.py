"""Rows (user, source, key) as users and their keys, by the command."""

import pytest

from relational import selectors
from relational.models import User, UserKey

pytestmark = pytest.mark.django_db

ROWS = "user,source,key\nada,shop.customer,00001\nada,logs.user,root\nbob,shop.customer,00002\nada,logs.user,root\n"


@pytest.fixture
def load(run_command, tmp_path):
    def run(text=ROWS, *options):
        (tmp_path / "identities.csv").write_text(text)
        return run_command("load", "identities", "identities.csv", *options)

    return run


def test_missing_users_are_made_without_a_password(load):
    run = load()
    assert (run.status, run.output) == (0, "identities: read 4, stored 3, already there 1, rejected 0\n")
    assert not any(user.has_usable_password() for user in User.objects.all())
    ada, bob = (User.objects.get(username=name).id for name in ("ada", "bob"))
    assert selectors.users_of_keys("shop.customer", ["00001", "00002"]) == {"00001": ada, "00002": bob}


def test_second_run_changes_nothing(load):
    load()
    run = load()
    assert run.output == "identities: read 4, stored 0, already there 4, rejected 0\n"
    assert (User.objects.count(), UserKey.objects.count()) == (2, 3)


def test_wrong_rows_are_rejected_and_the_rest_is_stored(load, rejects):
    run = load(ROWS + "a b,s,k\n,s,k\nada,,k\nada,s," + "k" * 201 + "\n")
    assert run.status == 3
    assert run.output == "identities: read 8, stored 3, already there 1, rejected 4\n"
    found = rejects("identities.rejects.ndjson")
    assert {number for number, _ in found} == {6, 7, 8, 9}
    assert dict(found)[6].startswith("'a b' is no username")
    assert dict(found)[7] == "user is empty"


def test_a_source_that_makes_somebody_else_of_a_user_is_rejected(load, rejects):
    run = load(ROWS + "eve,user,0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\neve,logs.user:root,x\n")
    assert (run.status, run.output) == (3, "identities: read 6, stored 3, already there 1, rejected 2\n")
    refused = "is no source of keys: not 'user', which are Trivium's own, and without a colon"
    assert rejects("identities.rejects.ndjson") == [(6, f"'user' {refused}"), (7, f"'logs.user:root' {refused}")]
    assert not User.objects.filter(username="eve").exists()


def test_source_may_be_one_for_all(load):
    run = load("user,key\nada,00001\n", "--set", "source=shop.customer")
    assert run.output == "identities: read 1, stored 1, already there 0, rejected 0\n"
