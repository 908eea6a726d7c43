"""Mapping files: TOML with [input], [columns], [values] and [patterns.NAME]. Called by the command `load`."""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, NotFound
from imports.patterns import ActorRule, LogPattern

SECTIONS = ("input", "columns", "values", "patterns")
INPUT_KEYS = ("format", "encoding", "delimiter", "columns", "pattern", "time_zone", "year", "roll_over")
PATTERN_KEYS = ("regex", "time", "time_format", "integers", "kind", "level", "actor")
ACTOR_KEYS = ("source", "field", "expressions")


@dataclass(frozen=True, slots=True)
class MappingFile:
    """What a mapping file says, checked for names and types; options on the command line come before it."""

    input: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, LogPattern] = field(default_factory=dict)


def read_mapping_file(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises: NotFound when there is none, InvalidInput for what is no TOML, unknown keys, wrong types or a wrong regex.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(f"there is no mapping file {path}") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path} is no TOML: {error}") from error
    _check_keys(content, SECTIONS, where=str(path))
    sections = {name: _table(content.get(name, {}), where=f"[{name}]") for name in SECTIONS}
    _check_keys(sections["input"], INPUT_KEYS, where="[input]")
    return MappingFile(
        sections["input"],
        _texts(sections["columns"], where="[columns]"),
        _texts(sections["values"], where="[values]"),
        {name: build_pattern(name, rules) for name, rules in sections["patterns"].items()},
    )


def build_pattern(name: str, rules: Any) -> LogPattern:
    """Make a log pattern of its table in a mapping file.

    Raises: InvalidInput for a key, regular expression or field name that is wrong.
    """
    where = f"[patterns.{name}]"
    table = _table(rules, where=where)
    _check_keys(table, PATTERN_KEYS, where=where)
    for key in ("regex", "time", "time_format"):
        if not isinstance(table.get(key), str):
            raise InvalidInput(f"{where} needs {key} as text", path=key)
    regex = _expression(table["regex"], where=f"{where} regex")
    pattern = LogPattern(
        name=name,
        regex=regex,
        time=table["time"],
        time_format=table["time_format"],
        integers=tuple(_list_of_texts(table.get("integers", []), where=f"{where} integers")),
        kind=str(table.get("kind", "")),
        level=str(table.get("level", "")),
        actor=_actor(table["actor"], where=f"{where} actor") if "actor" in table else None,
    )
    _check_groups(pattern, where)
    return pattern


def _check_groups(pattern: LogPattern, where: str) -> None:
    try:
        of_time = {name for _, name, _, _ in string.Formatter().parse(pattern.time) if name is not None}
    except ValueError as error:
        raise InvalidInput(f"{where} time: {error}", path="time") from error
    named = {*of_time, *pattern.integers, pattern.kind, pattern.level, pattern.actor.field if pattern.actor else ""}
    unknown = sorted(named - {""} - set(pattern.columns))
    if unknown or not of_time:
        groups = ", ".join(pattern.columns) or "none"
        wrong = f"the regex has no group {unknown[0]!r}" if unknown else "time names no group, write '{time}'"
        raise InvalidInput(f"{where}: {wrong}; its groups: {groups}", path="regex")


def _actor(rules: Any, *, where: str) -> ActorRule:
    table = _table(rules, where=where)
    _check_keys(table, ACTOR_KEYS, where=where)
    texts = _list_of_texts(table.get("expressions", []), where=f"{where} expressions")
    expressions = tuple(_expression(text, where=f"{where} expressions") for text in texts)
    source, name = table.get("source"), table.get("field")
    if not isinstance(source, str) or not isinstance(name, str) or not expressions:
        raise InvalidInput(f"{where} needs source and field as text and a list of expressions")
    if not all(expression.groups for expression in expressions):
        raise InvalidInput(f"{where}: every expression needs one group, which is the actor's key")
    return ActorRule(source, name, expressions)


def _expression(text: str, *, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidInput(f"{where} is no regular expression: {error}") from error


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], *, where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InvalidInput(f"{where} has no {unknown[0]!r}; there are {', '.join(known)}", path=unknown[0])


def _table(value: Any, *, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} must be a table")
    return value


def _texts(table: dict[str, Any], *, where: str) -> dict[str, str]:
    for name, value in table.items():
        if not isinstance(value, str):
            raise InvalidInput(f"{where} {name} must be text", path=name)
    return table


def _list_of_texts(value: Any, *, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(f"{where} must be a list of texts")
    return value
