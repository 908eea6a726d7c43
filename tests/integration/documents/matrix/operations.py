"""The register of the matrix: named operations on a store's models, each returning plain values to be compared."""

from collections.abc import Callable
from typing import Any

from django.db import NotSupportedError

Operation = Callable[[Any], Any]
READS: dict[str, Operation] = {}
WRITES: dict[str, Operation] = {}


def names(rows: Any) -> list[str]:
    """List the names of the rows, oldest first."""
    return list(rows.order_by("id").values_list("name", flat=True))


def column_after(column: str, change: Operation) -> Operation:
    """Change, then list the column; the change's own answer stands first."""

    def operation(m: Any) -> Any:
        answer = change(m)
        return [answer, list(m.Thing.objects.order_by("id").values_list(column, flat=True))]

    return operation


def error_of(change: Callable[[], Any]) -> str | None:
    """Name what a change raises; a refusal of the backend goes through."""
    try:
        change()
    except NotSupportedError:
        raise
    except Exception as error:  # noqa: BLE001 - what is raised is what is compared
        return type(error).__name__
    return None


def add_reads(prefix: str, operations: dict[str, Operation]) -> None:
    _add(READS, prefix, operations)


def add_writes(prefix: str, operations: dict[str, Operation]) -> None:
    _add(WRITES, prefix, operations)


def _add(register: dict[str, Operation], prefix: str, operations: dict[str, Operation]) -> None:
    for name, operation in operations.items():
        assert f"{prefix}: {name}" not in register
        register[f"{prefix}: {name}"] = operation
