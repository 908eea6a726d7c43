"""A database of PostgreSQL that a test may migrate as it likes, and commands run on it as operators run them."""

import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from core.ids import new_id
from routers import PROJECT_ROOT
from tests.serving import databases_of_tests

VARIABLE = "TRIVIUM_POSTGRESQL_URI"


class Scratch:
    """The database, and what runs on it."""

    def __init__(self, uri):
        self.environment = {**os.environ, **databases_of_tests(), VARIABLE: uri}
        self.uri = uri

    def sql(self, statement):
        with psycopg.connect(self.uri, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def manage(self, *arguments):
        """Run `manage.py`; return the exit status and what it wrote to standard error."""
        process = self.start(*arguments)
        _, stderr = process.communicate(timeout=100)
        return process.returncode, stderr

    def applied(self):
        """Return the numbers of the migrations of `relational` that are applied."""
        rows = self.sql("SELECT name FROM django_migrations WHERE app = 'relational' ORDER BY name")
        return [name[:4] for (name,) in rows]


@contextmanager
def database():
    """An empty database; the other stores are the tests'."""
    name, stack = f"scratch_{new_id().hex}", Scratch(os.environ[VARIABLE])
    stack.sql(f"CREATE DATABASE {name}")
    try:
        yield Scratch(urlsplit(stack.uri)._replace(path=f"/{name}").geturl())
    finally:
        stack.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def scratch(django_db_setup):
    """A database that is migrated, and left so by each test."""
    with database() as made:
        assert made.manage("migrate", "--database", "default", "--verbosity", "0") == (0, "")
        yield made


@pytest.fixture
def empty(django_db_setup):
    """A database that was never migrated."""
    with database() as made:
        yield made
