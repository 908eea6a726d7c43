"""Migrating back: refused, with nothing changed, while a message would be lost; nobody becomes a member by it."""

from importlib import import_module

import psycopg
import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from core.errors import Conflict
from relational.models import OutboxMessage
from tests.serving import databases_of_tests

DROPPING = import_module("relational.migrations.0003_owners_and_outbox").Migration.operations[-1]
SOMEBODY = """
INSERT INTO relational_user (id, username, password, role, first_name, last_name, email, is_superuser, is_staff,
  is_active, date_joined)
VALUES (gen_random_uuid(), '%s', '!', 'consumer', '', '', '', false, false, true, now())
"""
A_TEAM = "INSERT INTO relational_team (id, name, created) VALUES (gen_random_uuid(), 'friends', now())"
A_MEMBERSHIP = """
INSERT INTO relational_membership (id, team_id, user_id, is_manager, created, accepted)
SELECT gen_random_uuid(), team.id, person.id, false, now() - interval '1 day', %s
FROM relational_team AS team, relational_user AS person WHERE person.username = '%s'
"""
MEMBERS = """
SELECT username FROM relational_membership JOIN relational_user AS person ON person.id = user_id
WHERE accepted IS NOT NULL
"""
TELL = """
INSERT INTO relational_outboxmessage (lane, key, topic, payload, state, attempts, error)
VALUES (0, 'user:1', 'user.changed', '{}', '%s', 0, '')
"""


@pytest.mark.parametrize(("target", "state"), [("0002", "pending"), ("zero", "dead")])
def test_a_message_that_is_not_delivered_is_not_dropped(scratch, target, state):
    before = scratch.applied()
    scratch.sql("DELETE FROM relational_outboxmessage")
    scratch.sql(TELL % state)
    status, said = scratch.manage("migrate", "relational", target)
    assert (status, len(said.splitlines())) == (73, 1), said
    assert said.startswith("conflict: 1 message of the outbox is not delivered")
    assert "manage.py relay --once" in said
    assert scratch.applied() == before
    assert scratch.sql("SELECT count(*) FROM relational_outboxmessage") == [(1,)]


def test_what_keeps_the_tables_is_not_refused(scratch):
    scratch.sql("DELETE FROM relational_outboxmessage")
    scratch.sql(TELL % "pending")
    assert scratch.manage("migrate", "relational", "0006") == (0, "")
    assert scratch.manage("migrate", "relational") == (0, "")
    assert scratch.sql("SELECT count(*) FROM relational_outboxmessage") == [(1,)]


def test_with_everything_delivered_it_goes_back_and_forth(scratch):
    scratch.sql("DELETE FROM relational_outboxmessage")
    scratch.sql(TELL % "delivered")
    before = scratch.applied()
    assert scratch.manage("migrate", "relational", "0002") == (0, "")
    assert scratch.applied() == ["0001", "0002"]
    assert scratch.manage("migrate", "relational") == (0, "")
    assert scratch.applied() == before


def test_who_is_only_invited_is_no_member_after_it(scratch):
    scratch.sql("DELETE FROM relational_outboxmessage")
    scratch.sql(A_TEAM)
    for name, accepted in (("invited", "NULL"), ("member", "now()")):
        scratch.sql(SOMEBODY % name)
        scratch.sql(A_MEMBERSHIP % (accepted, name))
    assert scratch.manage("migrate", "relational", "0007") == (0, "")
    assert scratch.manage("migrate", "relational") == (0, "")
    assert scratch.sql(MEMBERS) == [("member",)]


@pytest.mark.django_db(transaction=True)
def test_the_migration_itself_looks_again_at_what_came_meanwhile():
    OutboxMessage.objects.create(lane=0, key="user:1", topic="user.changed", payload={})
    with pytest.raises(Conflict, match="1 message"), connection.schema_editor() as editor:
        DROPPING.database_backwards("relational", editor, ProjectState(), ProjectState())


@pytest.mark.django_db(transaction=True)
def test_nobody_writes_between_the_last_look_and_the_drop():
    writer = psycopg.connect(databases_of_tests()["TRIVIUM_POSTGRESQL_URI"], options="-c lock_timeout=100ms")
    with writer, connection.schema_editor() as editor:
        DROPPING.database_backwards("relational", editor, ProjectState(), ProjectState())
        with pytest.raises(psycopg.errors.LockNotAvailable):
            writer.execute(TELL % "pending")
