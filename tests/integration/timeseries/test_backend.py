"""The Django backend: migrations, flush, test keyspaces and system commands as on any other store; the ORM refused."""

from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import NotSupportedError, OperationalError, ProgrammingError, connections, models
from django.db.migrations.recorder import MigrationRecorder

from timeseries import selectors, services, session
from timeseries.backend import keyspaces
from timeseries.backend.recorder import MIGRATIONS_TABLE, CassandraRecorder
from timeseries.models import StreamRecord
from timeseries.operations import RunCQL
from timeseries.retention import CLASSES

from .conftest import stored

SMALL_TABLES = {"streams", "stream_settings", "actor_settings", "buckets_by_stream", "buckets_by_actor"}
SMALL_TABLES |= {"stream_schemas", "fields_by_stream", "field_counts", "usage_by_stream", "usage_limits"}
SMALL_TABLES |= {"stream_deletions", "stream_lookups", "touched_buckets", "column_rules"}
EVENT_TABLES = {f"events_by_{by}_{name}" for by in ("stream", "actor", "lookup") for name in CLASSES}


@pytest.fixture(autouse=True)
def databases(django_db_blocker):
    """Databases as they are: pytest-django would flush every store after each test."""
    with django_db_blocker.unblock():
        yield


def run(*arguments, **options):
    out = StringIO()
    call_command(*arguments, stdout=out, no_color=True, **options)
    return out.getvalue()


def tables():
    return set(keyspaces.table_names(session.keyspace()))


@pytest.fixture
def connection():
    return connections["timeseries"]


@pytest.fixture
def spare_keyspace():
    name = f"spare_{uuid4().hex[:12]}"
    yield name
    keyspaces.drop_keyspace(name)


def test_migrations_make_every_table_and_running_them_again_does_nothing():
    assert tables() == SMALL_TABLES | EVENT_TABLES | {MIGRATIONS_TABLE}
    assert "No migrations to apply." in run("migrate", database="timeseries")


def test_the_first_migration_goes_back_and_forth():
    assert "Unapplying timeseries.0001_tables... OK" in run("migrate", "timeseries", "zero")
    try:
        assert tables() == {MIGRATIONS_TABLE}
        assert "[ ] 0001_tables" in run("showmigrations", "timeseries", database="timeseries")
    finally:
        assert "Applying timeseries.0001_tables... OK" in run("migrate", "timeseries")
    assert tables() == SMALL_TABLES | EVENT_TABLES | {MIGRATIONS_TABLE}
    assert "[X] 0001_tables" in run("showmigrations", "timeseries", database="timeseries")


def test_each_class_has_its_own_window_and_no_default_time_to_live():
    query = "SELECT table_name, compaction, default_time_to_live FROM system_schema.tables WHERE keyspace_name = %s"
    windows = {}
    for name, compaction, default_ttl_s in session.execute_cql(query, [session.keyspace()], in_keyspace=False):
        if name in EVENT_TABLES:
            assert compaction["class"].endswith("TimeWindowCompactionStrategy")
            assert default_ttl_s == 0
            windows[name] = (int(compaction["compaction_window_size"]), compaction["compaction_window_unit"])
    assert {name: windows[f"events_by_stream_{name}"] for name in CLASSES} == {
        "days7": (6, "HOURS"),
        "days90": (3, "DAYS"),
        "days400": (14, "DAYS"),
        "forever": (30, "DAYS"),
    }
    assert all(windows[f"events_by_actor_{name}"] == windows[f"events_by_stream_{name}"] for name in CLASSES)


def test_flush_empties_every_table_but_the_record_of_migrations(make_stream, owner):
    name = make_stream()
    stored(services.append_events(owner, name, [{"time": "2026-01-01T00:00:00Z", "actor": "a:1"}]))
    run("flush", database="timeseries", interactive=False)
    for table in SMALL_TABLES | EVENT_TABLES:
        assert session.execute_cql(f"SELECT * FROM {table} LIMIT 1") == []
    assert selectors.streams_page(owner) == [], "what the process remembered is forgotten too"
    assert ("timeseries", "0001_tables") in MigrationRecorder(connections["timeseries"]).applied_migrations()


def test_after_a_flush_events_are_listed_again(make_stream, owner):
    def append():
        services.create_stream(owner, name="test-flushed", retention="forever")
        stored(services.append_events(owner, "test-flushed", [{"time": "2026-01-01T00:00:00Z"}]))
        return selectors.count_events("test-flushed")

    assert append() == 1
    run("flush", database="timeseries", interactive=False)
    assert append() == 1


def test_the_recorder_is_chosen_by_the_store(connection):
    assert type(MigrationRecorder(connections["default"])) is MigrationRecorder
    recorder = MigrationRecorder(connection)
    assert type(recorder) is CassandraRecorder
    recorder.record_applied("other", "0001_x")
    assert MigrationRecorder(connection).applied_migrations()["other", "0001_x"].name == "0001_x"
    recorder.record_unapplied("other", "0001_x")
    assert ("other", "0001_x") not in MigrationRecorder(connection).applied_migrations()


def test_no_migration_is_invented_for_cqlengine_models(monkeypatch):
    assert "No changes detected" in run("makemigrations", "timeseries", check_changes=True, dry_run=True)
    monkeypatch.setattr(StreamRecord._meta, "auto_created", False)
    StreamRecord._meta.apps.clear_cache()
    with pytest.raises(SystemExit):
        run("makemigrations", "timeseries", check_changes=True, dry_run=True)
    monkeypatch.undo()
    StreamRecord._meta.apps.clear_cache()


def test_replication_is_kept_on_a_second_call(connection, spare_keyspace):
    replication = connection.settings_dict["OPTIONS"]["replication"]
    before = dict(replication)
    for _ in range(2):
        connection.creation.create_keyspace(spare_keyspace)
        assert replication == before
    found = session.execute_cql(
        "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s", [spare_keyspace], in_keyspace=False
    )
    assert found[0][0]["class"].endswith(before["class"])
    assert found[0][0]["replication_factor"] == str(before["replication_factor"])


def test_network_topology_is_written_as_configured(spare_keyspace):
    keyspaces.create_keyspace(spare_keyspace, {"class": "NetworkTopologyStrategy", "datacenter1": 1})
    query = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s"
    assert session.execute_cql(query, [spare_keyspace], in_keyspace=False)[0][0] == {
        "class": "org.apache.cassandra.locator.NetworkTopologyStrategy",
        "datacenter1": "1",
    }


def test_a_test_keyspace_is_made_by_the_migrations_kept_or_made_anew_and_dropped(
    connection, monkeypatch, spare_keyspace
):
    before = connection.settings_dict["NAME"]
    monkeypatch.setitem(connection.settings_dict["TEST"], "NAME", spare_keyspace)
    try:
        for keepdb in (False, True, False):
            assert connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=keepdb) == spare_keyspace
            assert tables() == SMALL_TABLES | EVENT_TABLES | {MIGRATIONS_TABLE}
            kept = session.execute_cql("SELECT name FROM streams")
            assert kept == ([("kept",)] if keepdb else [])
            session.execute_cql("INSERT INTO streams (directory, name) VALUES (0, 'kept')")
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
    assert session.keyspace() == connection.settings_dict["NAME"] == before
    assert not keyspaces.keyspace_exists(spare_keyspace)


@pytest.mark.parametrize("name", ["", "1a", 'a"; DROP KEYSPACE b; --', "é", "a" * 49])
def test_a_name_that_is_none_makes_no_keyspace(name):
    with pytest.raises(Exception, match="no keyspace can be named") as caught:
        keyspaces.create_keyspace(name, {"class": "SimpleStrategy", "replication_factor": 1})
    assert type(caught.value).__name__ == "ImproperlyConfigured"


def test_the_orm_is_refused_before_anything_is_sent():
    with pytest.raises(NotSupportedError, match="read by timeseries.selectors"):
        list(ContentType.objects.using("timeseries").all())
    with pytest.raises(NotSupportedError):
        ContentType.objects.using("timeseries").create(app_label="a", model="b")


def test_the_schema_editor_refuses_models_and_runs_cql(connection):
    class Thing(models.Model):
        class Meta:
            app_label = "timeseries"
            managed = False

    with connection.schema_editor() as editor, pytest.raises(NotSupportedError, match="RunCQL"):
        editor.create_model(Thing)
    with connection.schema_editor(collect_sql=True) as editor:
        RunCQL("TRUNCATE streams").database_forwards("timeseries", editor, None, None)
    assert editor.collected_sql == ["TRUNCATE streams;"]


@pytest.mark.parametrize(("alias", "app_label"), [("default", "timeseries"), ("timeseries", "relational")])
def test_cql_runs_on_cassandra_only_and_where_the_router_lets_it(alias, app_label):
    operation = RunCQL("CREATE TABLE IF NOT EXISTS stray (id int PRIMARY KEY)", "DROP TABLE IF EXISTS stray")
    with connections[alias].schema_editor() as editor:
        operation.database_forwards(app_label, editor, None, None)
        operation.database_backwards(app_label, editor, None, None)
    assert "stray" not in tables()
    assert "stray" not in connections["default"].introspection.table_names()


def test_control_cql_runs_where_it_may(connection):
    operation = RunCQL("CREATE TABLE IF NOT EXISTS stray (id int PRIMARY KEY)", "DROP TABLE IF EXISTS stray")
    with connection.schema_editor() as editor:
        operation.database_forwards("timeseries", editor, None, None)
        operation.database_forwards("timeseries", editor, None, None)
        assert "stray" in tables()
        operation.database_backwards("timeseries", editor, None, None)
    assert "stray" not in tables()
    assert not RunCQL("TRUNCATE streams").reversible


def test_a_cursor_quotes_values_and_gives_rows_as_django_expects(connection):
    nasty = "x'; DROP TABLE streams; --%s"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO streams (directory, name, retention) VALUES (%s, %s, %s)", [9, nasty, "a"])
        cursor.execute("INSERT INTO streams (directory, name, retention) VALUES (%s, %s, %s)", [9, "b", "b"])
        cursor.execute("SELECT name, retention FROM streams WHERE directory = %s", [9])
        assert cursor.rowcount == 2
        assert (cursor.fetchone(), cursor.fetchmany(5), cursor.fetchone()) == (("b", "b"), [(nasty, "a")], None)
        cursor.execute("SELECT name FROM streams WHERE directory = 9")
        assert sorted(cursor) == [("b",), (nasty,)]


def test_errors_are_djangos(connection):
    with connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="no viable alternative"):
            cursor.execute("SELEKT")
        with pytest.raises(OperationalError, match="does not exist; run manage.py migrate"):
            cursor.execute("SELECT * FROM nothing_here")
        with pytest.raises(NotSupportedError, match="name the whole partition key"):
            cursor.execute("SELECT name FROM streams WHERE retention = %s", ["days7"])
        cursor.execute("SELECT name FROM streams WHERE retention = %s ALLOW FILTERING", ["days7"])


def test_closing_a_threads_connection_leaves_the_process_its_session(connection):
    kept = session.driver_session()
    connection.ensure_connection()
    connection.close()
    assert connection.connection is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM streams LIMIT 1")
    assert session.driver_session() is kept
