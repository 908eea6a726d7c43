"""ORDER BY with PostgreSQL's nulls: last when ascending, first when descending, unless said; for the compilers."""

from collections.abc import Sequence
from typing import Any

from django.db.models.expressions import Col, OrderBy
from django.db.models.sql.compiler import PositionRef

from documents.backend.expressions import is_present, output_kind, translate, translates
from documents.backend.lookups import UNORDERED
from documents.backend.refusals import refused
from documents.backend.scope import Scope

Stage = dict[str, Any]


@translates(PositionRef)
def _selected(reference: Any, scope: Scope) -> Any:
    return translate(reference.source, scope)


def sort_stages(order_by: Sequence[OrderBy], scope: Scope) -> list[Stage]:
    """Return the stages that put rows in order: helper fields for what is computed or may be null, then a sort."""
    helpers: Stage = {}
    keys: dict[str, int] = {}
    for number, ordering in enumerate(order_by):
        _add_keys(ordering, f"_order{number}", scope, helpers, keys)
    if not keys:
        return []
    return [*([{"$addFields": helpers}] if helpers else []), {"$sort": keys}]


def _add_keys(ordering: OrderBy, name: str, scope: Scope, helpers: Stage, keys: dict[str, int]) -> None:
    expression = _source(ordering.expression)
    kind = output_kind(expression)
    if kind in UNORDERED:
        raise refused(f"order by a {kind}")
    value = translate(expression, scope)
    direction = -1 if ordering.descending else 1
    if not _is_never_null(expression, scope):
        helpers[f"{name}_null"] = {"$cond": [is_present(value), 0, 1]}
        keys[f"{name}_null"] = 1 if _are_nulls_last(ordering) else -1
    if isinstance(value, str) and not value.startswith("$$"):
        keys[value.removeprefix("$")] = direction
    else:
        helpers[name] = value
        keys[name] = direction


def _source(expression: Any) -> Any:
    return vars(expression)["source"] if isinstance(expression, PositionRef) else expression


def _is_never_null(expression: Any, scope: Scope) -> bool:
    return isinstance(expression, Col) and not expression.target.null and expression.alias in {None, scope.base}


def _are_nulls_last(ordering: OrderBy) -> bool:
    if ordering.nulls_first or ordering.nulls_last:
        return bool(ordering.nulls_last)
    return not ordering.descending
