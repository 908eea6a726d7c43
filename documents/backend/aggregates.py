"""Aggregate functions as accumulators of `$group`, with SQL's nulls: a sum of nothing is null. Called by `grouping`."""

from dataclasses import dataclass
from typing import Any

from django.db.models.aggregates import Aggregate, Avg, Count, Max, Min, Sum
from django.db.models.expressions import Star

from documents.backend.column_types import INTEGER_RANGES
from documents.backend.expressions import NUMBERS, is_present, output_kind, translate
from documents.backend.integers import bits_of
from documents.backend.lookups import UNORDERED
from documents.backend.predicates import holds
from documents.backend.refusals import refused
from documents.backend.scope import Scope

ALLOWED = (Avg, Count, Max, Min, Sum)


@dataclass(frozen=True, slots=True)
class Accumulators:
    """The accumulators of one aggregate by suffix, and the expression that makes its value of them."""

    parts: dict[str, Any]
    value: Any


def accumulate(aggregate: Any, name: str, scope: Scope) -> Accumulators:
    """Return the accumulators of an aggregate; their fields start with `name`.

    Raises: NotSupportedError for another aggregate, DISTINCT but in Count, ORDER BY within.
    """
    if type(aggregate) not in ALLOWED or getattr(aggregate, "order_by", None) is not None:
        raise refused(f"the aggregate {type(aggregate).__name__}")
    source = aggregate.get_source_expressions()[0]
    value = _filtered(aggregate, 1 if isinstance(source, Star) else translate(source, scope), scope)
    is_distinct = aggregate.distinct
    if isinstance(aggregate, Count):
        return _count(value, name, is_distinct=is_distinct)
    if is_distinct:
        raise refused(f"{type(aggregate).__name__} of distinct values")
    _check_kind(aggregate, output_kind(source))
    return _of_values(aggregate, value, name)


def _filtered(aggregate: Aggregate, value: Any, scope: Scope) -> Any:
    condition = aggregate.filter
    return value if condition is None else {"$cond": [holds(condition, scope), value, None]}


def _check_kind(aggregate: Aggregate, kind: str) -> None:
    name = type(aggregate).__name__
    if isinstance(aggregate, (Sum, Avg)) and kind not in NUMBERS | {"DurationField"}:
        raise refused(f"{name} of a {kind}")
    if isinstance(aggregate, Avg) and kind in {"DecimalField", "DurationField"}:
        raise refused(f"Avg of a {kind} (PostgreSQL rounds it otherwise)", "divide a Sum by a Count in Python")
    if kind in UNORDERED | {"BooleanField", "UUIDField"}:
        raise refused(f"{name} of a {kind}")


def _count(value: Any, name: str, *, is_distinct: bool) -> Accumulators:
    if not is_distinct:
        return Accumulators({name: {"$sum": {"$cond": [is_present(value), 1, 0]}}}, f"${name}")
    kept = {"$filter": {"input": f"${name}", "cond": is_present("$$this")}}
    return Accumulators({name: {"$addToSet": {"$ifNull": [value, None]}}}, {"$size": kept})


def _of_values(aggregate: Aggregate, value: Any, name: str) -> Accumulators:
    if isinstance(aggregate, (Min, Max)):
        return Accumulators({name: {"$min" if isinstance(aggregate, Min) else "$max": value}}, f"${name}")
    if isinstance(aggregate, Avg):
        return Accumulators({name: {"$avg": value}}, f"${name}")
    return _sum(aggregate.get_source_expressions()[0], value, name)


def _sum(source: Any, value: Any, name: str) -> Accumulators:
    """Add up; whole numbers as decimals (34 digits), which are exact where a long would become a double."""
    counted, kind = f"{name}_count", output_kind(source)
    is_whole = kind in {*INTEGER_RANGES, "DurationField"}
    added = {"$toDecimal": value} if is_whole else value
    parts = {name: {"$sum": added}, counted: {"$sum": {"$cond": [is_present(value), 1, 0]}}}
    is_long = kind == "DurationField" or (is_whole and bits_of(source) < 64)
    total = {"$toLong": f"${name}"} if is_long else f"${name}"
    return Accumulators(parts, {"$cond": [{"$gt": [f"${counted}", 0]}, total, None]})
