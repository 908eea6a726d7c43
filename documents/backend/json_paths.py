"""Keys inside JSON columns, as PostgreSQL's jsonb has them. Registered with `expressions` and `lookups`."""

from contextlib import suppress
from typing import Any

from django.db.models.fields import json as django_json
from django.db.models.fields.json import KeyTransform

from documents.backend.expressions import literal, output_kind, translate, translates
from documents.backend.json_values import storable_json
from documents.backend.lookups import Verdict, builds
from documents.backend.refusals import refused
from documents.backend.scope import Scope

SCALARS = ["string", "bool", "int", "long", "double"]
COMPARISONS = {
    django_json.KeyTransformGt: "$gt",
    django_json.KeyTransformGte: "$gte",
    django_json.KeyTransformLt: "$lt",
    django_json.KeyTransformLte: "$lte",
}


@translates(KeyTransform)
def key_value(transform: KeyTransform, scope: Scope) -> Any:
    """Return the value under a key or index; missing where there is none, which is not JSON's null."""
    keys = [transform.key_name]
    source = transform.lhs
    while type(source) is KeyTransform:
        keys.insert(0, source.key_name)
        source = source.lhs
    if output_kind(source) != "JSONField":
        raise refused(f"a key of a {output_kind(source)}")
    value = translate(source, scope)
    for key in keys:
        value = _step(value, key, is_only=len(keys) == 1)
    return value


def _step(value: Any, key: str, *, is_only: bool) -> Any:
    """Go one key down: an index into an array; a key that looks like one is an index only when it stands alone."""
    index = _index(key)
    branches = []
    if index is None or not is_only:
        field = {"$getField": {"field": literal(key), "input": value}}
        branches.append({"case": {"$eq": [{"$type": value}, "object"]}, "then": field})
    if index is not None:
        item = {"$arrayElemAt": [{"$cond": [{"$isArray": [value]}, value, []]}, index]}
        branches.append({"case": {"$isArray": [value]}, "then": item})
    if is_only and index in {0, -1}:  # to PostgreSQL a scalar alone is an array of itself
        branches.append({"case": {"$in": [{"$type": value}, SCALARS]}, "then": value})
    return {"$switch": {"branches": branches, "default": "$$REMOVE"}}


def _index(key: str) -> int | None:
    try:
        index = int(key)
    except ValueError:
        return None
    return index if -(1 << 31) <= index < 1 << 31 else None


def _is_missing(value: Any) -> Any:
    return {"$eq": [{"$type": value}, "missing"]}


def _plain(lookup: Any) -> Any:
    if hasattr(lookup.rhs, "resolve_expression"):
        raise refused(f"{lookup.lookup_name!r} of a JSON value with an expression", "give a plain value")
    return storable_json(lookup.rhs)


def _jsonb_verdict(value: Any, condition: Any) -> Verdict:
    """Judge a condition that is null where there is no value."""
    present = {"$not": [_is_missing(value)]}
    return Verdict({"$and": [present, condition]}, {"$and": [present, {"$not": [condition]}]})


@builds(django_json.KeyTransformExact)
def _key_exact(lookup: Any, scope: Scope) -> Verdict:
    value = translate(lookup.lhs, scope)
    return _jsonb_verdict(value, {"$eq": [value, literal(_plain(lookup))]})


@builds(django_json.KeyTransformIn)
def _key_in(lookup: Any, scope: Scope) -> Verdict:
    if not lookup.rhs_is_direct_value():
        raise refused("'in' over a sub-query", "run the inner query first: list(...)")
    value = translate(lookup.lhs, scope)
    return _jsonb_verdict(value, {"$in": [value, literal(_listed(lookup))]})


def _listed(lookup: Any) -> list[Any]:
    """List the values without null; as Django on PostgreSQL does, of those equal in Python (1, 1.0, True) the first."""
    if any(hasattr(item, "resolve_expression") for item in lookup.rhs):
        raise refused("'in' over expressions")
    items = [item for item in lookup.rhs if item is not None]
    with suppress(TypeError):  # lists and objects have no hash; Django then keeps all
        items = list(dict.fromkeys(items))
    return [storable_json(item) for item in items]


@builds(django_json.KeyTransformIsNull)
def _key_is_null(lookup: Any, scope: Scope) -> Verdict:
    missing = _is_missing(translate(lookup.lhs, scope))
    present = {"$not": [missing]}
    return Verdict(missing, present) if lookup.rhs else Verdict(present, missing)


@builds(*COMPARISONS)
def _key_compared(lookup: Any, scope: Scope) -> Verdict:
    """Compare with a number in jsonb's order: Object > Array > Boolean > Number > String > null > empty array."""
    right = _plain(lookup)
    if isinstance(right, bool) or not isinstance(right, (int, float)):
        raise refused(f"{lookup.lookup_name!r} of a JSON value with no number", "give a number")
    value, operator = translate(lookup.lhs, scope), COMPARISONS[type(lookup)]
    kind = {"$type": value}
    compared = {"$and": [{"$isNumber": value}, {operator: [value, literal(right)]}]}
    is_empty = {"$eq": [value, literal([])]}
    if operator in {"$gt", "$gte"}:
        others = {"$or": [{"$in": [kind, ["object", "bool"]]}, {"$and": [{"$isArray": [value]}, {"$not": [is_empty]}]}]}
    else:
        others = {"$or": [{"$in": [kind, ["string", "null"]]}, is_empty]}
    return _jsonb_verdict(value, {"$or": [compared, others]})


@builds(django_json.JSONExact)
def _json_exact(lookup: Any, scope: Scope) -> Verdict:
    if lookup.rhs is None:
        raise refused("equality with a JSON null at the top of a column", "use isnull")
    left = translate(lookup.lhs, scope)
    return Verdict.of_condition({"$eq": [left, literal(_plain(lookup))]}, left)


@builds(django_json.HasKey, django_json.HasKeys, django_json.HasAnyKeys)
def _has_keys(lookup: Any, scope: Scope) -> Verdict:
    if hasattr(lookup.rhs, "resolve_expression"):
        raise refused(f"{lookup.lookup_name!r} with an expression", "give texts")
    if isinstance(lookup.rhs, (int, float)):
        raise refused(f"{lookup.lookup_name!r} with a number", "give texts")
    keys = [str(lookup.rhs)] if isinstance(lookup, django_json.HasKey) else list(lookup.rhs)
    value = translate(lookup.lhs, scope)
    operator = "$or" if isinstance(lookup, django_json.HasAnyKeys) else "$and"
    condition = {operator: [_exists(value, key) for key in keys]}
    if type(lookup.lhs) is KeyTransform:
        return _jsonb_verdict(value, condition)
    return Verdict.of_condition(condition, value)


def _exists(value: Any, key: str) -> Any:
    """Tell whether a text is a key of an object, an item of an array, or the text itself."""
    field = {"$getField": {"field": literal(key), "input": value}}
    branches = [
        {"case": {"$eq": [{"$type": value}, "object"]}, "then": {"$not": [_is_missing(field)]}},
        {"case": {"$isArray": [value]}, "then": {"$in": [literal(key), {"$cond": [{"$isArray": [value]}, value, []]}]}},
    ]
    return {"$switch": {"branches": branches, "default": {"$eq": [value, literal(key)]}}}
