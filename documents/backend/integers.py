"""Whole numbers of PostgreSQL's widths: what does not fit is an error, never a double. Called by `expressions`."""

from typing import Any

from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Value
from django.db.models.functions import Extract

from documents.backend.column_types import INTEGER_RANGES, internal_type

BITS = {(1 << 15) - 1: 16, (1 << 31) - 1: 32, (1 << 63) - 1: 64}
INT32 = range(-(1 << 31), 1 << 31)


def bits_of(expression: Any) -> int:
    """Return how wide PostgreSQL holds a whole number: as the widest part of it (counts, sums and date parts: 64)."""
    if isinstance(expression, Value):
        return 32 if not isinstance(expression.value, int) or expression.value in INT32 else 64
    if isinstance(expression, (Aggregate, Extract)):
        return 64
    numbers = [source for source in _sources(expression) if _is_whole(source)]
    if numbers:
        return max(bits_of(source) for source in numbers)
    return BITS[INTEGER_RANGES[internal_type(expression.output_field)][1]]


def _sources(expression: Any) -> list[Any]:
    """List the parts whose values may come out; a condition's do not."""
    if hasattr(expression, "cases"):
        return [*(case.result for case in expression.cases), expression.default]
    if "source" in vars(expression):  # a reference to a selected expression
        return [vars(expression)["source"]]
    return [source for source in expression.get_source_expressions() if source is not None]


def _is_whole(expression: Any) -> bool:
    field = getattr(expression, "_output_field_or_none", None)
    return field is not None and internal_type(field) in INTEGER_RANGES


def computed(operator: str, operands: list[Any], bits: int) -> Any:
    """Return an operation on whole numbers; the server gives an error where the result has more bits.

    Decimals hold the sum and the product of any two 64-bit numbers that fit; 32-bit ones fit in a long.
    """
    if bits == 64:
        return {"$toLong": {operator: [{"$toDecimal": operands[0]}, operands[1]]}}
    return narrowed({operator: operands}, bits)


def narrowed(value: Any, bits: int) -> Any:
    """Return a whole number of at most 64 bits as one of `bits`, or the server's error."""
    if bits == 64:
        return value
    if bits == 32:
        return {"$toInt": value}
    return {"$toInt": {"$divide": [{"$toInt": {"$multiply": [value, 1 << 16]}}, 1 << 16]}}
