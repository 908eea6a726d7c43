"""Where a query's columns stand in the document that a pipeline hands on: base row, joined rows, groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JOINED = "_joined"


@dataclass(frozen=True, slots=True)
class Scope:
    """The paths of columns and of expressions that an earlier stage computed.

    `base` is the alias of the table whose fields stand at the top; `computed` are paths of whole expressions; `named`
    are paths of references by name (an aggregate over an inner query). `is_grouped`: plain columns are gone.
    """

    connection: Any
    base: str
    computed: Mapping[Any, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    is_grouped: bool = False

    def column_path(self, column: Any) -> str | None:
        """Return the dotted path of a column, or None where a group has swallowed it."""
        if column in self.computed:
            return self.computed[column]
        if self.is_grouped:
            return None
        return base_or_joined(column.alias, base=self.base, column=column.target.column)


def base_or_joined(alias: str | None, *, base: str, column: str) -> str:
    """Return the dotted path of a column of the base table or of a joined one."""
    return column if alias in (None, base) else f"{JOINED}.{alias}.{column}"
