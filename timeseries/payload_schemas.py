"""What a stream declares of its events' payloads: a list of typed fields, held against shapes. Pure.

A schema looks at keys and types, which a batch has few kinds of, so it is asked once per shape; only texts that must be
a time, a UUID or an address are looked at one by one. Called by services and `fields`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

from core.errors import InvalidInput, TooLarge
from core.times import parse_time
from timeseries.paths import MAX_PATH_CHARACTERS, values_at
from timeseries.shapes import Field

MAX_FIELDS = 256
ELEMENTS = "[]"
STEP = r"[^.\[\]\0\ud800-\udfff]+(\[\])*"
PATH = re.compile(rf"{STEP}(\.{STEP})*")
UUID_TEXT = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CONTAINERS = frozenset({"object", "array"})
MEMBERS = frozenset({"fields", "additional"})
FIELD_MEMBERS = frozenset({"type", "required"})

_FITTING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "int": frozenset({"int"}),
        "double": frozenset({"int", "double"}),
        "bool": frozenset({"bool"}),
        "text": frozenset({"text"}),
        "timestamp": frozenset({"text"}),
        "uuid": frozenset({"text"}),
        "ip": frozenset({"text"}),
    }
)
DECLARABLE = tuple(_FITTING)


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except InvalidInput:
        return False
    return True


def _is_uuid(text: str) -> bool:
    return UUID_TEXT.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


TEXT_FORMS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"timestamp": _is_time, "uuid": _is_uuid, "ip": _is_address}
)


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """The type of one field; a required one is there and not null in every event."""

    type: str
    required: bool = False


@dataclass(frozen=True)
class PayloadSchema:
    """A version of what a stream declares: `fields` by dotted path; without `additional` there are no others."""

    fields: Mapping[str, DeclaredField]
    additional: bool = True
    version: int = 0
    created: datetime | None = None
    _parents: frozenset[Field] = field(init=False, repr=False, compare=False)
    _texts: Mapping[str, Callable[[str], bool]] = field(init=False, repr=False, compare=False)
    _required: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "_parents", frozenset(parent for path in self.fields for parent in _parents_of(path)))
        keep(
            self,
            "_texts",
            {path: TEXT_FORMS[each.type] for path, each in self.fields.items() if each.type in TEXT_FORMS},
        )
        keep(self, "_required", frozenset(path for path, each in self.fields.items() if each.required))

    def refusal_of(self, fields: Iterable[Field]) -> InvalidInput | None:
        """Return why no payload with these fields fits, naming the first by path; None when keys and types do."""
        present = sorted(fields)
        missing = self._required - {path for path, kind in present if kind != "null"}
        if missing:
            first = min(missing)
            return InvalidInput(f"the stream's schema needs {first}", path=f"payload.{first}")
        return next((refusal for path, kind in present if (refusal := self._refusal_of(path, kind))), None)

    def texts_to_read(self, fields: Iterable[Field]) -> tuple[str, ...]:
        """Return the paths of texts whose form the schema declares."""
        return tuple(sorted(path for path, kind in fields if kind == "text" and path in self._texts))

    def check_texts(self, payload: Mapping[str, Any], paths: Iterable[str]) -> None:
        """Hold the texts at those paths against their form. Raises: InvalidInput naming the first that is wrong."""
        for path in paths:
            for value in values_at(payload, path.replace(ELEMENTS, "").split(".")):
                if isinstance(value, str) and not self._texts[path](value):
                    reason = f"{value[:60]!r} is no {self.fields[path].type}, which the stream's schema declares"
                    raise InvalidInput(reason, path=f"payload.{path}")

    def type_of(self, path: str, kind: str) -> str:
        """Return the type under which a value is catalogued: a text's form where the schema declares one."""
        return self.fields[path].type if kind == "text" and path in self._texts else kind

    def as_json(self) -> dict[str, Any]:
        """Return it as `parse_schema` reads it."""
        fields = {path: {"type": each.type, "required": each.required} for path, each in sorted(self.fields.items())}
        return {"fields": fields, "additional": self.additional}

    def _refusal_of(self, path: str, kind: str) -> InvalidInput | None:
        declared = self.fields.get(path)
        if kind == "null" and (declared or self._expected_of(path)):
            return None
        if declared:
            return None if kind in _FITTING[declared.type] else _wrong(path, kind, declared.type)
        expected = self._expected_of(path)
        if expected:
            return None if kind == expected else _wrong(path, kind, expected)
        if self.additional:
            return None
        return InvalidInput(f"the stream's schema has no field {path[:120]}", path=f"payload.{path[:120]}")

    def _expected_of(self, path: str) -> str:
        """Return what a field must be that declared ones lie in; empty for none of these."""
        return next((kind for kind in CONTAINERS if (path, kind) in self._parents), "")


NO_SCHEMA = PayloadSchema({})


def parse_schema(raw: Any) -> PayloadSchema:
    """Read a schema: `{"fields": {path: type | {"type", "required"}}, "additional": bool}`.

    Raises: InvalidInput naming the wrong place, TooLarge for too many fields.
    """
    if not isinstance(raw, Mapping) or not raw.keys() <= MEMBERS or not isinstance(raw.get("fields"), Mapping):
        raise InvalidInput(
            "a schema is an object with fields (an object) and additional (true or false)", path="fields"
        )
    additional = raw.get("additional", True)
    if not isinstance(additional, bool):
        raise InvalidInput("additional is true or false", path="additional")
    if len(raw["fields"]) > MAX_FIELDS:
        raise TooLarge(f"a schema has at most {MAX_FIELDS} fields", path="fields")
    schema = PayloadSchema({path: _parse_field(path, each) for path, each in raw["fields"].items()}, additional)
    _check_nesting(schema)
    return schema


def _parse_field(path: Any, raw: Any) -> DeclaredField:
    place = f"fields.{str(path)[:80]}"
    if not isinstance(path, str) or len(path) > MAX_PATH_CHARACTERS or not PATH.fullmatch(path):
        raise InvalidInput(
            "a field's path is names with dots between them, each with [] for what a list has", path=place
        )
    declared = {"type": raw} if isinstance(raw, str) else raw
    if not isinstance(declared, Mapping) or not declared.keys() <= FIELD_MEMBERS:
        raise InvalidInput('a field is its type, or {"type": …, "required": true or false}', path=place)
    kind, required = str(declared.get("type")), declared.get("required", False)
    if kind not in _FITTING:
        raise InvalidInput(f"a field's type is one of {', '.join(DECLARABLE)}", path=place)
    if not isinstance(required, bool) or (required and ELEMENTS in path):
        raise InvalidInput("required is true or false, and false for what lists hold", path=place)
    return DeclaredField(kind, required)


def _check_nesting(schema: PayloadSchema) -> None:
    parents = {path for path, _ in schema._parents}  # noqa: SLF001 - of this module
    both = parents & schema.fields.keys()
    twice = {path for path in parents if all((path, kind) in schema._parents for kind in CONTAINERS)}  # noqa: SLF001 - likewise
    if both or twice:
        first = min(both | twice)
        raise InvalidInput(f"{first} would be two things: a field, an object or a list", path=f"fields.{first}")


def _parents_of(path: str) -> Iterable[Field]:
    """Yield what a field lies in: `a` an object and `a.b` an array for `a.b[]`."""
    while True:
        cut, kind = (
            (path[: -len(ELEMENTS)], "array") if path.endswith(ELEMENTS) else (path.rpartition(".")[0], "object")
        )
        if not cut:
            return
        yield cut, kind
        path = cut


def _wrong(path: str, kind: str, expected: str) -> InvalidInput:
    return InvalidInput(f"it is {kind}, and {expected} in the stream's schema", path=f"payload.{path}")
