"""Commands that need no store run while every store is down; those that need one say which, in one line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import decouple
import pytest

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = {
    "TRIVIUM_POSTGRESQL_URI": "postgresql://trivium@127.0.0.1:1/trivium",
    "TRIVIUM_MONGODB_URI": "mongodb://127.0.0.1:1/trivium?serverSelectionTimeoutMS=500",
    "TRIVIUM_CASSANDRA_URI": "cassandra://127.0.0.1:1/trivium",
}


def manage(*arguments, **variables):
    known = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TRIVIUM_ENV": "test"}
    environment = {**known, **NOWHERE, **variables}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [["check"], ["--help"], ["migrate", "--help"], ["makemigrations", "--check", "--dry-run"], ["load", "--help"]],
    ids=" ".join,
)
def test_commands_that_need_no_store_run_without_one(arguments):
    run = manage(*arguments)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("alias", ["default", "documents", "timeseries"])
def test_migrating_a_store_that_is_down_ends_with_one_line_and_69(alias):
    run = manage("migrate", "--database", alias)
    assert run.returncode == 69, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip().splitlines()[-1].startswith("store_unavailable: ")


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("default", "TRIVIUM_POSTGRESQL_URI"),
        ("documents", "TRIVIUM_MONGODB_URI"),
        ("timeseries", "TRIVIUM_CASSANDRA_URI"),
    ],
)
def test_a_wrong_password_ends_with_one_line_and_69(alias, name):
    wrong = re.sub(r":[^:@/]+@", ":wrong@", decouple.config(name), count=1)
    run = manage("migrate", "--database", alias, **{name: wrong})
    assert run.returncode == 69, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip().splitlines()[-1].startswith("store_unavailable: ")
