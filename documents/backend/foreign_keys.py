"""Foreign keys: MongoDB has none, so what a write points to is looked up in the same session. Called by `writes`.

A row deleted at the same moment by another client is not seen; Django's own on_delete rules work as on any store.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError
from pymongo.client_session import ClientSession

Row = dict[str, Any]


def check_foreign_keys(
    connection: Any,
    fields: Iterable[Any],
    rows: Sequence[Row],
    session: ClientSession | None,
) -> None:
    """Refuse rows that point to nothing.

    Raises: IntegrityError, which names the column and a value.
    """
    if not connection.checks_foreign_keys:
        return
    for field in fields:
        if field.remote_field and getattr(field, "db_constraint", False):
            _check_column(connection, field, {row.get(field.column) for row in rows} - {None}, session)


def _check_column(connection: Any, field: Any, values: set[Any], session: ClientSession | None) -> None:
    if not values:
        return
    target = field.target_field
    parents = connection.database[field.related_model._meta.db_table]
    found = parents.find({target.column: {"$in": list(values)}}, {"_id": 0, target.column: 1}, session=session)
    missing = values - {parent[target.column] for parent in found}
    own = {value for value in missing if field.related_model is field.model}
    if missing - own:
        raise IntegrityError(
            f"{field.model._meta.db_table}.{field.column} points to {missing.pop()!r}, which is not there"
        )
