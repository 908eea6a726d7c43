"""Each allowed lookup as a verdict with its two outcomes, by a table of exact types. Called by `predicates`.

A lookup on a plain column with a plain value is a filter; anything computed is an aggregation expression in `$expr`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import EmptyResultSet
from django.db.models import lookups as django_lookups
from django.db.models.expressions import Col
from django.db.models.fields import related_lookups

from documents.backend import patterns
from documents.backend.column_types import INTEGER_RANGES, is_text
from documents.backend.columns import check_comparable, fitted_text
from documents.backend.expressions import check_alike, is_present, literal, output_kind, translate
from documents.backend.refusals import refused
from documents.backend.scope import Scope

Builder = Callable[[Any, Scope], "Verdict"]
BUILDERS: dict[type, Builder] = {}
NEGATIONS = {"$gt": "$lte", "$gte": "$lt", "$lt": "$gte", "$lte": "$gt"}
MAX_EXACT_FLOAT = 1 << 53
UNORDERED = frozenset({"BinaryField", "JSONField", "GenericIPAddressField"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What makes a condition TRUE or FALSE: as expressions, and as filters where the column's index can be used."""

    is_true: Any
    is_false: Any
    true_filter: dict[str, Any] | None = None
    false_filter: dict[str, Any] | None = None

    def filter(self, *, wanted: bool) -> dict[str, Any]:
        """Return the filter for one outcome."""
        chosen = self.true_filter if wanted else self.false_filter
        return {"$expr": self.expression(wanted=wanted)} if chosen is None else chosen

    def expression(self, *, wanted: bool) -> Any:
        """Return the expression for one outcome."""
        return self.is_true if wanted else self.is_false

    @classmethod
    def of_truth(cls, value: Any) -> Self:
        """Judge a Boolean itself."""
        return cls({"$eq": [value, True]}, {"$eq": [value, False]})

    @classmethod
    def of_condition(cls, condition: Any, *present: Any, **filters: Any) -> Self:
        """Judge a condition that is null where any of `present` is."""
        guards = [is_present(expression) for expression in present]
        return cls({"$and": [*guards, condition]}, {"$and": [*guards, {"$not": [condition]}]}, **filters)


def builds(*kinds: type) -> Callable[[Builder], Builder]:
    """Register the builder of lookups whose type is exactly one of `kinds`."""

    def register(builder: Builder) -> Builder:
        BUILDERS.update(dict.fromkeys(kinds, builder))
        return builder

    return register


def verdict_of(lookup: Any, scope: Scope) -> Verdict:
    """Return the verdict of a lookup.

    Raises: NotSupportedError for a type that is not on the list; EmptyResultSet, FullResultSet for constant outcomes.
    """
    builder = BUILDERS.get(type(lookup))
    if builder is None:
        raise refused(f"the lookup {lookup.lookup_name!r} ({type(lookup).__name__})")
    return builder(lookup, scope)


def plain_path(expression: Any, scope: Scope) -> str | None:
    """Return the path of a plain column of ungrouped rows, for which a filter may be written."""
    return scope.column_path(expression) if isinstance(expression, Col) and not scope.is_grouped else None


def prepared(lookup: Any, value: Any, scope: Scope) -> Any:
    """Return one right-hand value as it is kept."""
    field = getattr(lookup.lhs.output_field, "target_field", None) or lookup.lhs.output_field
    kept = field.get_db_prep_value(value, scope.connection, prepared=True)
    check_comparable(kept)
    if isinstance(kept, str):
        return fitted_text(kept)
    if isinstance(kept, (memoryview, bytearray)):
        return bytes(kept)
    return _clamped(kept)


def _clamped(kept: Any) -> Any:
    """Compare integers beyond 64 bits as infinities: no column holds either."""
    if isinstance(kept, int) and not isinstance(kept, bool) and not -(1 << 63) <= kept < 1 << 63:
        return float("inf") if kept > 0 else float("-inf")
    return kept


def _has_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression") or hasattr(value, "as_sql")


def _comparison(operator: str) -> Builder:
    def build(lookup: Any, scope: Scope) -> Verdict:
        kind = output_kind(lookup.lhs)
        if kind == "JSONField" or (kind in UNORDERED and operator != "$eq"):
            raise refused(f"the lookup {lookup.lookup_name!r} on a {kind}")
        left = translate(lookup.lhs, scope)
        if _has_expression(lookup.rhs):
            check_alike(repr(lookup.lookup_name), lookup.lhs, _compared(lookup))
            _check_exact(lookup)
            right = translate(lookup.rhs, scope)
            return Verdict.of_condition({operator: [left, right]}, left, right)
        value = prepared(lookup, lookup.rhs, scope)
        if value is None:
            raise refused(f"{lookup.lookup_name!r} of null", "use isnull")
        condition = {operator: [left, literal(value)]}
        path = plain_path(lookup.lhs, scope)
        if path is None:
            return Verdict.of_condition(condition, left)
        no = {path: {"$nin": [value, None]}} if operator == "$eq" else {path: {NEGATIONS[operator]: value}}
        return Verdict.of_condition(condition, left, true_filter={path: {operator: value}}, false_filter=no)

    return build


def _compared(lookup: Any) -> Any:
    """Return the right-hand expression."""
    right = lookup.rhs
    if not hasattr(right, "output_field"):
        raise refused(f"a comparison with {type(right).__name__} (a sub-query)", "run the inner query first")
    return right


def _check_exact(lookup: Any) -> None:
    """Refuse long integers against floats: PostgreSQL rounds the integer first, MongoDB does not."""
    kinds = {output_kind(lookup.lhs), output_kind(lookup.rhs)}
    integers = kinds - {"FloatField"}
    if len(integers) < len(kinds) and any(INTEGER_RANGES[kind][1] > MAX_EXACT_FLOAT for kind in integers):
        raise refused(f"{lookup.lookup_name!r} over {', '.join(sorted(kinds))}", "compare in Python")


for _operator, _kinds in {
    "$eq": (django_lookups.Exact, django_lookups.IntegerFieldExact, related_lookups.RelatedExact),
    "$gt": (django_lookups.GreaterThan, django_lookups.IntegerGreaterThan, related_lookups.RelatedGreaterThan),
    "$gte": (
        django_lookups.GreaterThanOrEqual,
        django_lookups.IntegerGreaterThanOrEqual,
        related_lookups.RelatedGreaterThanOrEqual,
    ),
    "$lt": (django_lookups.LessThan, django_lookups.IntegerLessThan, related_lookups.RelatedLessThan),
    "$lte": (
        django_lookups.LessThanOrEqual,
        django_lookups.IntegerLessThanOrEqual,
        related_lookups.RelatedLessThanOrEqual,
    ),
}.items():
    builds(*_kinds)(_comparison(_operator))


@builds(django_lookups.In, related_lookups.RelatedIn)
def _in(lookup: Any, scope: Scope) -> Verdict:
    if output_kind(lookup.lhs) == "JSONField":
        raise refused("'in' on a JSONField")
    values = _listed(lookup, scope)
    left = translate(lookup.lhs, scope)
    condition = {"$in": [left, literal(values)]}
    path = plain_path(lookup.lhs, scope)
    if path is None:
        return Verdict.of_condition(condition, left)
    yes, no = {path: {"$in": values}}, {path: {"$nin": [*values, None]}}
    return Verdict.of_condition(condition, left, true_filter=yes, false_filter=no)


def _listed(lookup: Any, scope: Scope) -> list[Any]:
    """Return the values of an IN without null, which is equal to nothing."""
    if not lookup.rhs_is_direct_value():
        raise refused("'in' over a sub-query", "run the inner query first: list(...)")
    if any(_has_expression(item) for item in lookup.rhs):
        raise refused("'in' over expressions")
    values = [prepared(lookup, item, scope) for item in lookup.rhs if item is not None]
    if not values:
        raise EmptyResultSet
    return values


@builds(django_lookups.Range)
def _range(lookup: Any, scope: Scope) -> Verdict:
    kind = output_kind(lookup.lhs)
    bounds = list(lookup.rhs)
    if kind in UNORDERED or len(bounds) != 2 or any(_has_expression(bound) or bound is None for bound in bounds):
        raise refused(f"'range' of this on a {kind}", "give two plain values")
    low, high = (prepared(lookup, bound, scope) for bound in bounds)
    return between(lookup.lhs, low, high, scope)


def between(column: Any, low: Any, high: Any, scope: Scope) -> Verdict:
    """Judge whether a column lies between two kept values, both included."""
    left = translate(column, scope)
    condition = {"$and": [{"$gte": [left, literal(low)]}, {"$lte": [left, literal(high)]}]}
    path = plain_path(column, scope)
    if path is None:
        return Verdict.of_condition(condition, left)
    yes, no = {path: {"$gte": low, "$lte": high}}, {"$or": [{path: {"$lt": low}}, {path: {"$gt": high}}]}
    return Verdict.of_condition(condition, left, true_filter=yes, false_filter=no)


@builds(django_lookups.IsNull, related_lookups.RelatedIsNull)
def _is_null(lookup: Any, scope: Scope) -> Verdict:
    if not isinstance(lookup.rhs, bool):
        raise refused("'isnull' of what is no Boolean", "give True or False")
    left = translate(lookup.lhs, scope)
    present, absent = is_present(left), {"$not": [is_present(left)]}
    path = plain_path(lookup.lhs, scope)
    null, not_null = (None, None) if path is None else ({path: None}, {path: {"$ne": None}})
    if lookup.rhs:
        return Verdict(absent, present, null, not_null)
    return Verdict(present, absent, not_null, null)


def _pattern(make: Callable[..., Any], *, ignore_case: bool) -> Builder:
    def build(lookup: Any, scope: Scope) -> Verdict:
        if not is_text(lookup.lhs.output_field):
            raise refused(f"{lookup.lookup_name!r} on a {output_kind(lookup.lhs)}", "search text columns only")
        if _has_expression(lookup.rhs) or lookup.rhs is None:
            raise refused(f"{lookup.lookup_name!r} with an expression", "give a text")
        pattern = make(str(lookup.rhs), ignore_case=ignore_case)
        left = translate(lookup.lhs, scope)
        condition = {"$regexMatch": {"input": left, "regex": pattern}}
        path = plain_path(lookup.lhs, scope)
        if path is None:
            return Verdict.of_condition(condition, left)
        yes, no = {path: pattern}, {path: {"$not": pattern, "$ne": None}}
        return Verdict.of_condition(condition, left, true_filter=yes, false_filter=no)

    return build


for _kind, _make, _ignore_case in (
    (django_lookups.IExact, patterns.exact_pattern, True),
    (django_lookups.Contains, patterns.contains_pattern, False),
    (django_lookups.IContains, patterns.contains_pattern, True),
    (django_lookups.StartsWith, patterns.starts_pattern, False),
    (django_lookups.IStartsWith, patterns.starts_pattern, True),
    (django_lookups.EndsWith, patterns.ends_pattern, False),
    (django_lookups.IEndsWith, patterns.ends_pattern, True),
    (django_lookups.Regex, patterns.regular_expression, False),
    (django_lookups.IRegex, patterns.regular_expression, True),
):
    builds(_kind)(_pattern(_make, ignore_case=_ignore_case))
