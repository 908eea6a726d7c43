"""Columns of a stream that a role does not see, or sees as pseudonyms: rules as data, and rows under them. Pure.

A rule names `actor`, `kind`, `level`, `client_id`, `payload` or a path in it. What is hidden is absent; a pseudonym is
the same for the same value of a column, in every stream, and says nothing of it. Called by services, selectors and
`exports/`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from core.errors import InvalidInput
from core.principals import Principal, Role
from timeseries.paths import COLUMNS, PAYLOAD, parse_field
from timeseries.streams import Stream

MAX_RULES = 100
DIGITS = 32
ROLES = (Role.CONSUMER, Role.ANALYST)


class Treatment(StrEnum):
    """What becomes of a column."""

    HIDDEN = "hidden"
    PSEUDONYM = "pseudonym"


Rules = Mapping[str, Mapping[str, str]]
"""Role -> column or path -> treatment."""


def check_rules(raw: Any) -> Rules:
    """Return rules that are sound. Raises: InvalidInput that names what is not."""
    if not isinstance(raw, Mapping) or not raw.keys() <= set(ROLES):
        raise InvalidInput(
            f"rules are an object of roles: {', '.join(ROLES)}; operators and admins see all", path="rules"
        )
    for role, columns in raw.items():
        if not isinstance(columns, Mapping) or len(columns) > MAX_RULES:
            raise InvalidInput(f"a role has an object of at most {MAX_RULES} columns", path=f"rules.{role}")
        for name, treatment in columns.items():
            if name != PAYLOAD:
                parse_field(name, path=f"rules.{role}")
            if treatment not in set(Treatment):
                raise InvalidInput(f"a treatment is one of {', '.join(Treatment)}", path=f"rules.{role}.{name}")
    return {role: dict(columns) for role, columns in raw.items()}


def rules_for(principal: Principal, stream: Stream, rules: Rules) -> Mapping[str, str]:
    """Return column -> treatment for a principal; whoever the stream belongs to, operators and admins see all."""
    return {} if principal.writes_everything or principal.owns(stream.owner) else rules.get(principal.role, {})


@dataclass(frozen=True, slots=True)
class Mask:
    """Rules of one stream for one principal, with the key of pseudonyms."""

    rules: Mapping[str, str]
    key: bytes

    def apply(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row, by column, `payload` as JSON text, as it is shown; columns that it lacks stay lacking."""
        shown = dict(row)
        for name in COLUMNS:
            if shown.get(name) and name in self.rules:
                shown[name] = self._pseudonym(name, shown[name]) if self._keeps(name) else ""
        if shown.get(PAYLOAD):
            shown[PAYLOAD] = self._payload(shown[PAYLOAD])
        return shown

    def _payload(self, text: str) -> str:
        if PAYLOAD in self.rules:
            return (
                orjson.dumps({"pseudonym": self._pseudonym(PAYLOAD, text)}).decode() if self._keeps(PAYLOAD) else "{}"
            )
        paths = [name for name in self.rules if name not in COLUMNS]
        if not paths:
            return text
        payload = orjson.loads(text)
        for name in paths:
            self._change(payload, name, parse_field(name).steps)
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()

    def _change(self, item: Any, name: str, steps: tuple[str, ...]) -> None:
        """Change what stands at a path, through lists; a key with a dot in its name is found, too."""
        if isinstance(item, list):
            for element in item:
                self._change(element, name, steps)
        if not isinstance(item, dict):
            return
        for count in range(1, len(steps) + 1):
            key = ".".join(steps[:count])
            if key in item and count < len(steps):
                self._change(item[key], name, steps[count:])
            elif key in item and self._keeps(name):
                item[key] = self._pseudonym(name, orjson.dumps(item[key], option=orjson.OPT_SORT_KEYS).decode())
            else:
                item.pop(key, None)

    def _keeps(self, name: str) -> bool:
        return self.rules[name] == Treatment.PSEUDONYM

    def _pseudonym(self, name: str, value: str) -> str:
        digest = hmac.new(self.key, f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()[:DIGITS]
        return f"pseudonym:{digest}" if name == "actor" else digest
