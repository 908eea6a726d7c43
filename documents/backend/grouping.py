"""GROUP BY: the `$group` of a query, and where its keys and aggregates stand afterwards. Called by the compilers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db.models.aggregates import Aggregate

from documents.backend.aggregates import accumulate
from documents.backend.expressions import translate
from documents.backend.scope import Scope

Stage = dict[str, Any]


def group_stages(keys: Sequence[Any], wanted: Iterable[Any], scope: Scope) -> tuple[list[Stage], Scope]:
    """Group by `keys`; return the stages, and the scope in which `wanted` expressions can be translated afterwards.

    Without keys everything is one group, and nothing gives no group at all.
    """
    paths = {key: f"_id.k{number}" for number, key in enumerate(keys)}
    identity = {f"k{number}": {"$ifNull": [translate(key, scope), None]} for number, key in enumerate(keys)}
    group: Stage = {"_id": identity or None}
    values: Stage = {}
    for number, aggregate in enumerate(_distinct(_aggregates_in(wanted))):
        accumulators = accumulate(aggregate, f"a{number}", scope)
        group.update(accumulators.parts)
        values[f"v{number}"] = accumulators.value
        paths[aggregate] = f"v{number}"
    stages = [{"$group": group}, *([{"$addFields": values}] if values else [])]
    return stages, replace(scope, computed=paths, is_grouped=True)


def _aggregates_in(expressions: Iterable[Any]) -> Iterator[Aggregate]:
    for expression in expressions:
        if isinstance(expression, Aggregate):
            yield expression
        elif expression is not None:
            yield from _aggregates_in(_sources(expression))


def _sources(expression: Any) -> list[Any]:
    """List what an expression or condition is made of."""
    if hasattr(expression, "get_source_expressions"):
        return [source for source in expression.get_source_expressions() if hasattr(source, "contains_aggregate")]
    return list(getattr(expression, "children", []))


def _distinct(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    return list(dict.fromkeys(aggregates))
