"""docs/loading.md says what the code does: kinds, fields, formats, patterns, options, statuses and mapping files."""

import re
from pathlib import Path

import pytest
from django.core.management import BaseCommand, load_command_class

from core.exits import INTERRUPTED, REJECTED
from imports.detection import BY_SUFFIX, FORMATS
from imports.mapping import KINDS, build_field_map
from imports.mapping_files import read_mapping_file
from imports.patterns import PATTERNS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "loading.md").read_text()
REAL_INPUT = (ROOT / "docs" / "real-input.md").read_text()
COMMANDS = re.compile(r"^(?:load|\S+ manage\.py load) (\w+) (.*)$", re.MULTILINE)


def rows(first):
    """The rows of the table whose first heading is `first`, as lists of cells."""
    table = re.search(rf"^\| {first} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, first
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]


def toml_blocks():
    return re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def options_of(kind):
    parser = load_command_class("imports", "load").create_parser("manage.py", "load")
    (kinds,) = (action.choices for action in parser._actions if action.dest == "kind")
    assert isinstance(kinds, dict)
    return {option for action in kinds[kind]._actions for option in action.option_strings}


def test_kinds():
    assert [row[0].strip("`") for row in rows("kind")] == list(KINDS)


def test_formats_and_their_suffixes():
    documented = {row[0].strip("`"): set(re.findall(r"`(\.\w+)`", row[1])) for row in rows("format")}
    assert documented == {name: {suffix for suffix, each in BY_SUFFIX.items() if each == name} for name in FORMATS}


def test_fields():
    table = re.search(r"\| kind \| field \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE)
    assert table
    documented = [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]
    ways = {(True, False): "column", (False, True): "value", (True, True): "column or value"}
    fields = [
        (kind, f"`{name}`", ways[field.column, field.value]) for kind in KINDS for name, field in KINDS[kind].items()
    ]
    assert [tuple(row[:3]) for row in documented] == fields
    for kind, name, _, otherwise in documented:
        field = KINDS[kind][name.strip("`")]
        assert otherwise.startswith("needed") or not field.required
        assert field.default is None or f"`{field.default}`" in otherwise


def test_patterns_their_actors_and_what_they_lack():
    expected = [
        [f"`{name}`", f"`{pattern.actor.source}`" if pattern.actor else "", "the year" if pattern.lacks_year else ""]
        for name, pattern in PATTERNS.items()
    ]
    assert rows("pattern") == expected


def test_statuses():
    statuses = [row[0] for row in rows("exit status")]
    assert statuses == ["0", str(REJECTED), str(INTERRUPTED), "others"]


@pytest.mark.parametrize("block", toml_blocks())
def test_mapping_files_can_be_read(block, tmp_path):
    (tmp_path / "mapping.toml").write_text(block)
    mapping = read_mapping_file(tmp_path / "mapping.toml")
    assert mapping.patterns or build_field_map("transactions", columns=mapping.columns, values=mapping.values).columns


def test_there_are_mapping_files():
    assert len(toml_blocks()) == 2


@pytest.mark.parametrize("page", [PAGE, REAL_INPUT], ids=["loading", "real-input"])
def test_commands_have_only_options_that_there_are(page):
    commands = COMMANDS.findall(page)
    assert len(commands) >= 4
    for kind, arguments in commands:
        assert set(re.findall(r"--[\w-]+", arguments)) <= options_of(kind)


def test_every_option_of_loading_is_explained():
    undocumented = {option for kind in KINDS for option in options_of(kind) if f"`{option}" not in PAGE}
    ours = options_of("events") | options_of("transactions") | options_of("documents")
    of_django = {
        option for action in BaseCommand().create_parser("m", "x")._actions for option in action.option_strings
    }
    assert len(ours - of_django) > 15
    assert undocumented <= of_django
