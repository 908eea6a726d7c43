"""Joins as `$lookup` and `$unwind`, one after another, as SQL makes them. Called by the compilers."""

from collections.abc import Iterable
from typing import Any

from django.db.models.sql.constants import LOUTER
from django.db.models.sql.datastructures import Join

from documents.backend.scope import JOINED, Scope, base_or_joined

Stage = dict[str, Any]


def join_stages(joins: Iterable[Join], scope: Scope) -> list[Stage]:
    """Return the stages that put each joined row beside its row; null joins nothing, as in SQL."""
    return [stage for join in joins for stage in _join(join, scope)]


def _join(join: Any, scope: Scope) -> list[Stage]:
    ((left, right),) = join.join_fields
    path = f"{JOINED}.{join.table_alias}"
    lookup = {
        "from": join.table_name,
        "localField": base_or_joined(join.parent_alias, base=scope.base, column=left.column),
        "foreignField": right.column,
        "as": path,
    }
    if right.null:
        lookup["pipeline"] = [{"$match": {right.column: {"$ne": None}}}]
    keeps_unmatched = join.join_type == LOUTER
    return [{"$lookup": lookup}, {"$unwind": {"path": f"${path}", "preserveNullAndEmptyArrays": keeps_unmatched}}]
