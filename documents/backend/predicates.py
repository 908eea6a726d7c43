"""Conditions in SQL's three-valued logic: which documents make a condition TRUE, and which FALSE; null makes neither.

NOT is then exact: NOT p is TRUE where p is FALSE. `matches` writes filters (they use indexes), `holds` the same as
aggregation expressions, for what a filter cannot say. Called by the compilers, and for CASE and checks.
"""

from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from django.db.models.expressions import Case, Col, ExpressionWrapper, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Lookup
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode

from documents.backend.column_types import are_comparable, internal_type
from documents.backend.expressions import NUMBERS, output_kind, translate, translates
from documents.backend.lookups import Verdict, verdict_of
from documents.backend.refusals import refused
from documents.backend.scope import Scope

Filter = dict[str, Any]
NEVER: Filter = {"$expr": False}
ALWAYS: Filter = {}


def matches(node: Any, scope: Scope, *, wanted: bool = True) -> Filter:
    """Return the filter of documents for which the condition is TRUE (or, not `wanted`, FALSE).

    Raises: NotSupportedError for a condition that is not on the allow-list.
    """
    if isinstance(node, WhereNode):
        return _matches_tree(node, scope, wanted=wanted)
    verdict = _verdict(node, scope)
    return _constant_filter(verdict is wanted) if isinstance(verdict, bool) else verdict.filter(wanted=wanted)


def holds(node: Any, scope: Scope, *, wanted: bool = True) -> Any:
    """Return the aggregation expression that tells whether the condition is TRUE (or, not `wanted`, FALSE).

    Raises: NotSupportedError for a condition that is not on the allow-list.
    """
    if isinstance(node, WhereNode):
        return _holds_tree(node, scope, wanted=wanted)
    verdict = _verdict(node, scope)
    return (verdict is wanted) if isinstance(verdict, bool) else verdict.expression(wanted=wanted)


def _matches_tree(node: WhereNode, scope: Scope, *, wanted: bool) -> Filter:
    wanted = wanted ^ node.negated
    parts = [matches(child, scope, wanted=wanted) for child in node.children]
    if _joins_by_and(node, wanted=wanted):
        if NEVER in parts:
            return NEVER
        needed = [part for part in parts if part != ALWAYS]
        return _single_or("$and", needed) if needed else _constant_filter(bool(parts) or wanted)
    if ALWAYS in parts:
        return ALWAYS
    possible = [part for part in parts if part != NEVER]
    return _single_or("$or", possible) if possible else _constant_filter(not parts and wanted)


def _holds_tree(node: WhereNode, scope: Scope, *, wanted: bool) -> Any:
    wanted = wanted ^ node.negated
    if not node.children:
        return wanted
    parts = [holds(child, scope, wanted=wanted) for child in node.children]
    return {"$and" if _joins_by_and(node, wanted=wanted) else "$or": parts}


def _joins_by_and(node: WhereNode, *, wanted: bool) -> bool:
    """Tell how the parts join: FALSE of an AND is FALSE of any part, FALSE of an OR is FALSE of all."""
    if type(node) is not WhereNode or node.connector not in {AND, OR}:
        raise refused(f"a condition joined by {node.connector}")
    return (node.connector == AND) is wanted


def _single_or(operator: str, parts: list[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else {operator: parts}


def _constant_filter(truth: bool) -> Filter:  # noqa: FBT001 - a truth value is what it is about
    return ALWAYS if truth else NEVER


def _verdict(node: Any, scope: Scope) -> "Verdict | bool":
    if isinstance(node, NothingNode):
        return False
    if isinstance(node, ExpressionWrapper):
        return _verdict(node.expression, scope)
    if isinstance(node, (Col, Coalesce, Case)):
        return Verdict.of_truth(translate(node, scope))
    if not isinstance(node, Lookup):
        raise refused(f"the condition {type(node).__name__}")
    try:
        return verdict_of(node, scope)
    except EmptyResultSet:
        return False
    except FullResultSet:
        return True


@translates(ExpressionWrapper)
def _wrapper(wrapper: Any, scope: Scope) -> Any:
    inner = wrapper.expression
    if isinstance(inner, (WhereNode, Lookup)) and matches(inner, scope) == NEVER:
        raise refused("a wrapped condition that is never true, as a value", "annotate the condition itself")
    _check_named(wrapper, inner)
    return translate(inner, scope)


def _check_named(expression: Any, part: Any) -> None:
    """Refuse a part of another kind than what the whole is said to be; numbers are turned into one another."""
    with suppress(FieldError):  # the part's kind is not to be told: the whole says it
        field = getattr(part, "_output_field_or_none", None)
        kinds = {output_kind(expression), *([] if field is None else [internal_type(field)])}
        if not kinds <= NUMBERS and not are_comparable(min(kinds), max(kinds)):
            raise refused(f"a {min(kinds)} and a {max(kinds)} named as one another", "leave output_field out")


@translates(Case)
def _case(case: Case, scope: Scope) -> Any:
    branches = [_branch(when, scope) for when in case.cases]
    for result in [*(when.result for when in case.cases), case.default]:
        _check_named(case, result)
    default = translate(case.default, scope)
    return {"$switch": {"branches": branches, "default": default}} if branches else default


def _branch(when: When, scope: Scope) -> dict[str, Any]:
    return {"case": holds(when.condition, scope), "then": translate(when.result, scope)}


@translates(WhereNode)
def condition_as_value(node: Any, scope: Scope) -> Any:
    """Return a condition as a value: true, false or null."""
    branches = [{"case": holds(node, scope, wanted=wanted), "then": wanted} for wanted in (True, False)]
    return {"$switch": {"branches": branches, "default": None}}
