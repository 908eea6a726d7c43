"""Which column means what: the fields of each kind of record, mapped by options and by a TOML file.

A field takes a column (`--map account=customer_id`) or one value for all records (`--set currency=USD`); a column that
bears the field's own name needs no mapping. Called by the command and the targets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.errors import InvalidInput

MISSING = object()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: may it come from a column, from one value, must it be there, and what is it otherwise.

    Without `by_name` a column that bears the field's name is nothing to it.
    """

    column: bool = True
    value: bool = True
    required: bool = False
    default: str | None = None
    by_name: bool = True


COLUMN = Field(value=False, required=True)
SETTING = Field(column=False)
KINDS: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "transactions": {
            "account": COLUMN,
            "date": COLUMN,
            "amount": COLUMN,
            "currency": Field(required=True),
            "book": Field(column=False),
            "counter": Field(default="counter"),
            "description": Field(),
            "date_format": Field(column=False, default="iso"),
            "account_kind": Field(column=False, default="external"),
            "counter_kind": Field(column=False, default="asset"),
            "direction": Field(column=False, default="out"),
        },
        "documents": {"collection": SETTING, "id": Field(value=False, by_name=False)},
        "events": {
            "stream": SETTING,
            "time": Field(value=False),
            "time_format": SETTING,
            "actor": Field(value=False),
            "actor_source": SETTING,
            "kind": Field(),
            "level": Field(),
            "id": Field(value=False, by_name=False),
        },
        "identities": {"user": COLUMN, "source": Field(required=True), "key": COLUMN},
    },
)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The mapping of one load: field -> column (dots step into nested fields), field -> value."""

    kind: str
    columns: Mapping[str, str]
    values: Mapping[str, str]

    def value(self, field: str) -> str | None:
        """Return the one value of a field, its default, or None."""
        return self.values.get(field, KINDS[self.kind][field].default)

    def read(self, fields: Mapping[str, Any], field: str) -> Any:
        """Return what a record has for a field: its column, or the one value; None for neither.

        Raises: InvalidInput when the record lacks a required column.
        """
        if field in self.values:
            return self.values[field]
        found = find_column(fields, self.column(field))
        if found is MISSING:
            if KINDS[self.kind][field].required:
                raise InvalidInput(f"the record has no field {self.columns.get(field, field)!r}", path=field)
            return KINDS[self.kind][field].default
        return found

    def column(self, field: str) -> str:
        """Return the column that a field takes, mapped or by name; empty for none."""
        if field in self.values:
            return ""
        return self.columns.get(field, field if KINDS[self.kind][field].by_name else "")

    def used_columns(self) -> frozenset[str]:
        """Return the columns that fields take, mapped or by name."""
        return frozenset(column for field in KINDS[self.kind] if (column := self.column(field)))

    def check_columns(self, columns: Iterable[str]) -> None:
        """Check the mapping against the columns that a file has.

        Raises: InvalidInput that names the missing column and those there are.
        """
        there = list(columns)
        known = KINDS[self.kind]
        wanted = {field: name for field, name in self.columns.items() if name not in there}
        wanted |= {
            field: field
            for field, spec in known.items()
            if spec.required and field not in self.values and field not in self.columns and field not in there
        }
        for field, name in wanted.items():
            way = f"--map {field}=COLUMN" + (f" or --set {field}=VALUE" if known[field].value else "")
            raise InvalidInput(f"no column {name!r} for {field!r}; there are {', '.join(there)}: see {way}", path=field)


def build_field_map(
    kind: str,
    *,
    columns: Mapping[str, str],
    values: Mapping[str, str],
    file_columns: Mapping[str, str] | None = None,
    file_values: Mapping[str, str] | None = None,
) -> FieldMap:
    """Put options over the mapping file's columns and values; a field has one or the other.

    Raises: InvalidInput for a field that this kind does not have, or not in this way.
    """
    both = sorted(set(columns) & set(values))
    if both:
        raise InvalidInput(f"{both[0]} has both a column and a value: use --map or --set", path=both[0])
    all_columns = {field: name for field, name in (file_columns or {}).items() if field not in values} | dict(columns)
    all_values = {field: text for field, text in (file_values or {}).items() if field not in columns} | dict(values)
    for field in all_columns:
        _check_field(kind, field, column=True)
    for field in all_values:
        _check_field(kind, field, column=False)
    return FieldMap(kind, all_columns, all_values)


def find_column(fields: Mapping[str, Any], name: str) -> Any:
    """Return a field by its name, or step into nested ones at the dots; MISSING when there is none."""
    if name in fields:
        return fields[name]
    found: Any = fields
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return MISSING
        found = found[step]
    return found


def _check_field(kind: str, field: str, *, column: bool) -> None:
    known = KINDS[kind]
    if field not in known:
        raise InvalidInput(f"{kind} have no field {field!r}; there are {', '.join(known)}", path=field)
    if not (known[field].column if column else known[field].value):
        other = "one value for all: --set" if column else "a column: --map"
        raise InvalidInput(f"the field {field!r} takes {other} {field}=…", path=field)
