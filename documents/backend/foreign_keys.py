"""Foreign keys: MongoDB has none, so both of their ends are looked up in the same session. Called by `writes`, `base`.

What a row points to is looked up before it is written; what pointed to a row that is gone is looked for afterwards: at
once for a statement of its own, at the end of an atomic() block, as PostgreSQL does with Django's deferred keys. A
parent deleted by another transaction between the two is not seen.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import IntegrityError
from pymongo.client_session import ClientSession

Row = dict[str, Any]
Gone = dict[Any, set[Any]]
KEYS_AT_ONCE = 5_000


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
        if _is_constraint(field):
            _check_column(connection, field, {row.get(field.column) for row in rows} - {None}, session)


def keys_pointed_to(model: Any) -> dict[Any, str]:
    """Return the foreign keys that point to a model's table, each with the column that it points to."""
    relations = model._meta.concrete_model._meta.get_fields(include_hidden=True)
    fields = [item.field for item in relations if item.auto_created and not item.concrete and not item.many_to_many]
    table = model._meta.db_table
    return {
        field: field.target_field.column
        for field in fields
        if _is_constraint(field) and field.related_model._meta.db_table == table
    }


def gone_keys(
    connection: Any, model: Any, columns: Iterable[str] | None, found: Any, session: ClientSession | None
) -> Gone:
    """Read what other rows may point to in the rows that are about to go, or whose `columns` are about to change."""
    pointing = keys_pointed_to(model) if connection.checks_foreign_keys else {}
    wanted = {field: column for field, column in pointing.items() if columns is None or column in columns}
    if not wanted:
        return {}
    gone: Gone = {field: set() for field in wanted}
    for row in connection.database[model._meta.db_table].find(
        found, dict.fromkeys(wanted.values(), 1), session=session
    ):
        for field, column in wanted.items():
            gone[field] |= {row.get(column)} - {None}
    return gone


def check_gone(connection: Any, gone: Gone, session: ClientSession | None) -> None:
    """Refuse that rows are left pointing to keys which are gone.

    Raises: IntegrityError, which names the column and a value.
    """
    for field, keys in gone.items():
        for some in in_chunks(keys):
            _check_left(connection, field, some, session)


def _check_left(connection: Any, field: Any, keys: list[Any], session: ClientSession | None) -> None:
    children = connection.database[field.model._meta.db_table]
    if children.find_one({field.column: {"$in": keys}}, {"_id": 1}, session=session) is None:
        return
    left = set(children.distinct(field.column, {field.column: {"$in": keys}}, session=session))
    missing = left - _present(connection, field, left, session)
    if missing:
        raise IntegrityError(
            f"{field.model._meta.db_table}.{field.column} still points to {missing.pop()!r}, which is gone"
        )


def _check_column(connection: Any, field: Any, values: set[Any], session: ClientSession | None) -> None:
    missing = values - _present(connection, field, values, session)
    own = {value for value in missing if field.related_model is field.model}
    if missing - own:
        raise IntegrityError(
            f"{field.model._meta.db_table}.{field.column} points to {missing.pop()!r}, which is not there"
        )


def _present(connection: Any, field: Any, values: set[Any], session: ClientSession | None) -> set[Any]:
    column = field.target_field.column
    parents = connection.database[field.related_model._meta.db_table]
    return {
        parent[column]
        for some in in_chunks(values)
        for parent in parents.find({column: {"$in": some}}, {"_id": 0, column: 1}, session=session)
    }


def in_chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut keys into lists that fit in one request, whose limit is 16 MB."""
    left = iter(values)
    while some := list(islice(left, KEYS_AT_ONCE)):
        yield some


def _is_constraint(field: Any) -> bool:
    return bool(field.remote_field) and bool(getattr(field, "db_constraint", False))
