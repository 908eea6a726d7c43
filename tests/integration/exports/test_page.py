"""docs/exports.md: its commands and its Python run as they stand, and every option is there."""

import re
import shlex
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import load_command_class
from django.core.management.base import BaseCommand

from formats import COMPRESSIONS, FORMATS
from tests.integration.exports.conftest import BEGIN, HOUR
from timeseries import services
from timeseries.services import create_stream

pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "exports.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/python manage\.py (export_events .*)$", PAGE, re.MULTILINE)


def test_the_commands_of_the_page_run_one_after_the_other(owner, run_command):
    names = {name: f"{name}-{uuid4().hex}" for name in ("web", "app")}
    for name in names.values():
        create_stream(owner, name=name, retention="forever")
        at = BEGIN + 100 * 24 * HOUR
        event = {"time": at, "kind": "hit", "level": "error", "payload": {"status": 503, "ip": "10.0.0.1"}}
        services.append_events(owner, name, [event])
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        arguments = [
            re.sub(r"^(web|app)(,app)?$", lambda found: ",".join(names[each] for each in found[0].split(",")), each)
            for each in shlex.split(command)
        ]
        if "weekly" in arguments:
            arguments[arguments.index("weekly")] = uuid4().hex
        run = run_command(*arguments)
        assert run.status == 0, (command, run.errors)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/exports.md", "exec"), {})


def test_every_option_is_explained():
    parser = load_command_class("exports", "export_events").create_parser("manage.py", "x")
    of_django = {
        option for action in BaseCommand().create_parser("m", "x")._actions for option in action.option_strings
    }
    ours = {option for action in parser._actions for option in action.option_strings} - of_django
    assert {option for option in ours if option not in PAGE} == set()
    assert len(ours) > 10


def test_the_table_of_formats_is_the_codes():
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ((?:within: )?`.*`) \|$", PAGE, re.MULTILINE))
    assert {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows.items()} == {
        name: set(found.compressions) for name, found in FORMATS.items()
    }
    assert all(name in PAGE for name in COMPRESSIONS)
