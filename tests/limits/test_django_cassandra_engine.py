"""What stock django-cassandra-engine 1.11 does, with its exact errors: why `timeseries/backend/` replaces it.

Each test runs a small project of its own with the engine as its documentation says, against the real server. A test
that fails here after an upgrade says that a part of our backend may go.
"""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connections

from timeseries.backend.keyspaces import drop_keyspace, keyspace_exists

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = [{engine} "django.contrib.contenttypes", "things"]
DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "cassandra": {{
        "ENGINE": "django_cassandra_engine",
        "NAME": {keyspace!r}, "HOST": {HOST!r}, "USER": {USER!r}, "PASSWORD": {PASSWORD!r},
        "OPTIONS": {{
            "replication": {{"strategy_class": "SimpleStrategy", "replication_factor": 1}},
            "connection": {{"port": {PORT!r}, "protocol_version": 5}},
        }},
    }},
}}
"""
MODELS = """
from cassandra.cqlengine import columns
from django_cassandra_engine.models import DjangoCassandraModel

class Thing(DjangoCassandraModel):
    part = columns.Integer(partition_key=True)
    number = columns.Integer(primary_key=True)
    class Meta:
        get_pk_field = "part"
"""


@pytest.fixture
def project(tmp_path):
    """Write the project, and return what runs Python in it; `engine` says whether the engine's application is installed."""
    keyspace = f"stock_{uuid4().hex[:12]}"

    def run(*arguments, engine=True, **address):
        database = {**connections.databases["timeseries"], "keyspace": keyspace, **address}
        settings = SETTINGS.format(engine='"django_cassandra_engine",' if engine else "", **database)
        (tmp_path / "stock_settings.py").write_text(settings)
        for name, text in {"__init__": "", "models": MODELS, "migrations/__init__": ""}.items():
            (tmp_path / "things" / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "things" / f"{name}.py").write_text(text)
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "stock_settings"}
        command = [sys.executable, "-P", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    yield run
    if keyspace_exists(keyspace):
        drop_keyspace(keyspace)


def last_line(run):
    return run.stderr.strip().splitlines()[-1]


def test_it_connects_while_django_starts(project):
    run = project("-m", "django", "check", PORT=1)
    assert run.returncode == 1
    assert last_line(run).startswith("cassandra.cluster.NoHostAvailable: ('Unable to connect to any servers', {")


def test_migrate_on_its_alias_is_a_type_error(project):
    run = project("-m", "django", "migrate", "--database", "cassandra")
    assert run.returncode == 1
    assert last_line(run).startswith(
        "TypeError: Unknown option(s) for sync_cassandra command: app_label, check_unapplied, fake, fake_initial,"
    )


def test_without_its_application_migrate_wants_a_keyspace_and_then_a_schema(project):
    before = project("-m", "django", "migrate", "--database", "cassandra", engine=False)
    assert last_line(before).startswith("KeyError: 'stock_")
    assert project("-m", "django", "sync_cassandra").returncode == 0
    after = project("-m", "django", "migrate", "--database", "cassandra", engine=False)
    assert last_line(after) == (
        "django.db.migrations.exceptions.MigrationSchemaMissing: "
        "Unable to create the django_migrations table (No schema for cassandra database)"
    )
    flush = project("-m", "django", "flush", "--noinput", "--database", "cassandra", engine=False)
    assert last_line(flush).startswith(
        "cassandra.protocol.SyntaxException: <Error from server: code=2000 [Syntax error"
    )


def test_a_migration_is_invented_for_a_cqlengine_model(project):
    run = project("-m", "django", "makemigrations", "--check", "--dry-run")
    assert run.returncode == 1
    assert "+ Create model Thing" in run.stdout


QUERIES = """
import django
django.setup()
from django.core.management import call_command
from django.db import connections
options = connections["cassandra"].settings_dict["OPTIONS"]
print(sorted(options["replication"]))
call_command("sync_cassandra")
print(sorted(options["replication"]))
from things.models import Thing
print(Thing.objects.filter(part=3))
try:
    Thing.objects.order_by("part")
except AttributeError as error:
    print(error)
"""


def test_replication_is_consumed_filtering_and_a_limit_are_hidden_and_order_needs_a_setting(project):
    run = project("-c", QUERIES)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0] == "['replication_factor', 'strategy_class']"
    assert lines[-3] == "[]"
    assert lines[-2].endswith('WHERE "part" = %(0)s LIMIT 10000 ALLOW FILTERING')
    assert lines[-1] == "'Settings' object has no attribute 'CASSANDRA_FALLBACK_ORDER_BY_PYTHON'"


FORK = """
import os, signal, django
django.setup()
from django.db import connections
connections["cassandra"].connect()
query = "SELECT release_version FROM system.local"
connections["cassandra"].connection.session.execute(query)
if os.fork() == 0:
    signal.alarm(3)
    connections["cassandra"].connection.session.execute(query)
    os._exit(0)
print("child ended by signal", os.WTERMSIG(os.wait()[1]), flush=True)
os._exit(0)
"""


def test_a_forked_child_waits_for_an_answer_that_nobody_reads(project):
    assert project("-c", FORK).stdout.strip() == "child ended by signal 14"
