"""Joins as `$lookup` and `$unwind`, one after another, as SQL makes them. Called by the compilers."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models.expressions import RawSQL
from django.db.models.sql.constants import LOUTER
from django.db.models.sql.datastructures import Join

from documents.backend.expressions import translates
from documents.backend.refusals import refused
from documents.backend.scope import JOINED, Scope, base_or_joined

Stage = dict[str, Any]
QUALIFIED = re.compile(r'"(\w+)"\."(\w+)"')


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


@translates(RawSQL)
def _joined_column(raw: RawSQL, scope: Scope) -> Any:
    """Read the one piece of SQL that Django itself writes, for prefetch_related: a column of the joined table."""
    match = QUALIFIED.fullmatch(raw.sql)
    if match is None or raw.params:
        raise refused(f"SQL text ({raw.sql[:60]!r})")
    return "$" + base_or_joined(match[1], base=scope.base, column=match[2])
