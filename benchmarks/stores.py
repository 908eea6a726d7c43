"""The stores of a benchmark: databases of its own on the servers that TRIVIUM_ENV_FILE names.

`prepare_stores` comes before Django's settings are read; what it sets, the servers under test inherit.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
from dotenv import dotenv_values
from psycopg import sql

from benchmarks.processes import ROOT

DATABASE = "trivium_bench"
KEYSPACE = "trivium_bench"
LIFETIME_S = 86_400


def prepare_stores() -> None:
    """Make the benchmarks' databases, migrate them, and set Django up on them; nothing is written outside them."""
    named = dotenv_values(os.environ["TRIVIUM_ENV_FILE"])
    _create_database(str(named["TRIVIUM_POSTGRESQL_URI"]))
    os.environ |= {name: str(value) for name, value in named.items()} | {
        "TRIVIUM_ENV": "production",
        "TRIVIUM_POSTGRESQL_URI": _renamed(str(named["TRIVIUM_POSTGRESQL_URI"]), DATABASE),
        "TRIVIUM_MONGODB_URI": _renamed(str(named["TRIVIUM_MONGODB_URI"]), DATABASE),
        "TRIVIUM_CASSANDRA_URI": _renamed(str(named["TRIVIUM_CASSANDRA_URI"]), KEYSPACE),
        "TRIVIUM_ACCESS_TOKEN_S": str(LIFETIME_S),
        # As in production each request is counted, but none is refused.
        "TRIVIUM_RATE_LIMIT": "100000000/min",
        "DJANGO_SETTINGS_MODULE": "settings",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
    import django  # noqa: PLC0415 - its settings are read from what is set above

    django.setup()


def postgresql_uri() -> str:
    """Return the address of the benchmarks' database in PostgreSQL."""
    return os.environ["TRIVIUM_POSTGRESQL_URI"]


def _renamed(uri: str, database: str) -> str:
    return urlsplit(uri)._replace(path=f"/{database}").geturl()


def _create_database(uri: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if there is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
