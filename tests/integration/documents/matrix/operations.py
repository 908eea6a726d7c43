"""The register of the matrix: named operations on a store's models, each returning plain values to be compared."""

from collections.abc import Callable
from typing import Any

Operation = Callable[[Any], Any]
READS: dict[str, Operation] = {}
WRITES: dict[str, Operation] = {}


def names(rows: Any) -> list[str]:
    """List the names of the rows, oldest first."""
    return list(rows.order_by("id").values_list("name", flat=True))


def add_reads(prefix: str, operations: dict[str, Operation]) -> None:
    _add(READS, prefix, operations)


def add_writes(prefix: str, operations: dict[str, Operation]) -> None:
    _add(WRITES, prefix, operations)


def _add(register: dict[str, Operation], prefix: str, operations: dict[str, Operation]) -> None:
    for name, operation in operations.items():
        assert f"{prefix}: {name}" not in register
        register[f"{prefix}: {name}"] = operation
