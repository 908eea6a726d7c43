"""Wrong settings end a command with one line that names the variable, and exit status 78."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run_check(**variables):
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "TRIVIUM_ENV": "test", **variables}
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRIVIUM_POSTGRESQL_URI", "http://secret:word@host", "TRIVIUM_POSTGRESQL_URI is no URI of PostgreSQL"),
        ("TRIVIUM_MONGODB_URI", "mongodb://host:1", "TRIVIUM_MONGODB_URI names no database"),
        ("TRIVIUM_CASSANDRA_URI", "cassandra://host/k?foo=1", "unknown options ['foo']"),
        ("TRIVIUM_POSTGRESQL_POOL_MAX_SIZE", "abc", "'abc'"),
        ("TRIVIUM_QUERY_DEADLINE_S", "-1", "-1 is no number of seconds above 0"),
        ("TRIVIUM_API_THREADS", "0", "0 is no whole number from 1 to 512"),
        ("TRIVIUM_LOG_FORMAT", "xml", "'xml'"),
        ("TRIVIUM_ENV", "prod", "TRIVIUM_ENV is 'prod': write local, test or production"),
        ("TRIVIUM_ENV_FILE", "/nowhere/env", "TRIVIUM_ENV_FILE names /nowhere/env, which is no file"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(name, value, said):
    run = run_check(**{name: value})
    assert run.returncode == 78, run.stderr
    (line,) = run.stderr.strip().splitlines()
    assert line.startswith("settings: ")
    assert said in line
    assert "secret:word" not in line


def test_control_right_settings_pass():
    assert run_check(TRIVIUM_CASSANDRA_URI="cassandra://host/k").returncode == 0
