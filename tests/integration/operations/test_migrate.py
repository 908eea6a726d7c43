"""`migrate` over three stores: each migration is run and recorded in its own store only."""

from io import StringIO

import pytest
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from operations.executor import StoreExecutor
from routers import store_of

pytestmark = pytest.mark.django_db(databases=["default", "documents", "timeseries"], transaction=True)
ALIASES = ["default", "documents", "timeseries"]


def recorded(alias):
    return {app for app, _ in MigrationRecorder(connections[alias]).applied_migrations()}


@pytest.mark.parametrize("alias", ALIASES)
def test_a_store_records_its_own_migrations_and_no_other(alias):
    labels = recorded(alias)
    assert labels
    assert {store_of(label) for label in labels} == {alias}


def test_every_migration_is_recorded_somewhere():
    on_disk = {app for app, _ in MigrationLoader(None).disk_migrations}
    assert set().union(*(recorded(alias) for alias in ALIASES)) == on_disk


def test_migrating_again_says_for_each_store_that_nothing_is_left():
    out = StringIO()
    call_command("migrate", stdout=out, no_color=True)
    assert [line for line in out.getvalue().splitlines() if line.startswith("Store ")] == [
        "Store 'default' (postgresql)",
        "Store 'documents' (mongodb)",
        "Store 'timeseries' (cassandra)",
    ]
    assert out.getvalue().count("No migrations to apply.") == 3
    assert "OK" not in out.getvalue()


@pytest.mark.parametrize(
    ("label", "alias"), [("relational", "documents"), ("documents", "default"), ("timeseries", "default")]
)
def test_another_stores_migration_is_refused_with_the_remedy(label, alias):
    with pytest.raises(CommandError, match=f"'{label}' lives in '.*', not in '{alias}': leave --database out"):
        call_command("migrate", label, database=alias)


@pytest.mark.parametrize("alias", ALIASES)
def test_a_plan_from_nothing_holds_this_stores_migrations_only(alias):
    executor = StoreExecutor(connections[alias])
    executor.loader.applied_migrations = {
        key: node for key, node in executor.loader.applied_migrations.items() if store_of(key[0]) != alias
    }
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    assert plan
    assert {store_of(migration.app_label) for migration, _ in plan} == {alias}


def test_check_tells_by_the_exit_status_that_a_migration_is_pending():
    recorder = MigrationRecorder(connections["default"])
    call_command("migrate", check_unapplied=True, verbosity=0)
    ((_, last),) = MigrationLoader(connections["default"]).graph.leaf_nodes("relational")
    recorder.record_unapplied("relational", last)
    try:
        with pytest.raises(SystemExit) as stop:
            call_command("migrate", check_unapplied=True, verbosity=0)
    finally:
        recorder.record_applied("relational", last)
    assert stop.value.code == 1


def test_showmigrations_lists_each_store_with_its_own():
    out = StringIO()
    call_command("showmigrations", stdout=out, no_color=True)
    sections = dict(part.split("\n", 1) for part in out.getvalue().split("Store ")[1:])
    assert list(sections) == ["'default' (postgresql)", "'documents' (mongodb)", "'timeseries' (cassandra)"]
    assert "[ ]" not in out.getvalue()
    for heading, text in sections.items():
        labels = [line for line in text.splitlines() if line and not line.startswith(" ")]
        assert {store_of(label) for label in labels} == {heading.split("'")[1]}


def test_a_pending_migration_is_shown_as_such():
    recorder = MigrationRecorder(connections["documents"])
    recorder.record_unapplied("documents", "0002_changes_of_collections")
    out = StringIO()
    try:
        call_command("showmigrations", "documents", stdout=out, no_color=True)
    finally:
        recorder.record_applied("documents", "0002_changes_of_collections")
    assert out.getvalue().splitlines()[1:] == ["documents", " [X] 0001_initial", " [ ] 0002_changes_of_collections"]


def test_no_command_believes_that_other_stores_migrations_are_pending():
    out = StringIO()
    command = BaseCommand(stdout=out)
    command.check_migrations()
    assert out.getvalue() == ""
