"""What the tests of loading share: an owner, files, and the command with its exit status."""

import io
import json
from dataclasses import dataclass

import pytest
from django.core.management import call_command

from core.principals import Principal
from relational import services


@dataclass(frozen=True)
class Run:
    """What one run of the command left."""

    status: int
    output: str
    errors: str


@pytest.fixture
def owner(db):
    """The user who loads."""
    return Principal(services.ensure_users(["loader"])["loader"])


@pytest.fixture
def run_command(tmp_path, monkeypatch):
    """Run a management command in an empty folder; its exit status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        output, errors = io.StringIO(), io.StringIO()
        status = 0
        try:
            call_command(*map(str, arguments), stdout=output, stderr=errors)
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Run(status, output.getvalue(), errors.getvalue())

    return run


@pytest.fixture
def rejects(tmp_path):
    """Read a rejects file of the folder as (number, reason)."""

    def read(name):
        rows = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        return [(row["number"], row["reason"]) for row in rows]

    return read
