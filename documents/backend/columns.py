"""What a row holds: a field's value as written, rounded and checked as PostgreSQL's column would. Called by writes."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from bson import Decimal128
from django.db import DataError
from django.db.models.expressions import DatabaseDefault, Value

from documents.backend.column_types import INTEGER_RANGES, WIDE, internal_type, stored_field
from documents.backend.refusals import refused

if TYPE_CHECKING:
    from django.db.models import Field


def written_value(field: "Field[Any, Any]", value: Any, connection: Any) -> Any:
    """Return what is written into the column for a plain value.

    Raises: NotSupportedError for an expression that is not a constant; DataError for a value that does not fit.
    """
    if isinstance(value, DatabaseDefault):
        value = vars(value)["expression"]
    if isinstance(value, Value):
        _check_null(field, value.value)
        value = value.value
    if hasattr(value, "resolve_expression"):
        raise refused(f"the expression {value!r} as a value to insert", "compute it in Python")
    return _fitted(field, field.get_db_prep_save(value, connection=connection))


def _check_null(field: "Field[Any, Any]", value: Any) -> None:
    if value is None and internal_type(field) == "JSONField":
        raise refused("a JSON null at the top of a JSON column", "save None, or an object that holds null")


def _fitted(field: "Field[Any, Any]", value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return fitted_text(value)
    check_comparable(value)
    if isinstance(value, (memoryview, bytearray)):
        return bytes(value)
    if isinstance(value, Decimal128):
        return _fitted_decimal(field, value.to_decimal())
    return _fitted_integer(field, value)


def fitted_text(value: str) -> str:
    """Return the text.

    Raises: DataError for a NUL, as PostgreSQL does.
    """
    if "\x00" in value:
        raise DataError("a text cannot hold NUL (0x00) bytes")
    return value


def check_comparable(value: Any) -> None:
    """Refuse NaN, which MongoDB puts below every number and PostgreSQL above.

    Raises: NotSupportedError.
    """
    if isinstance(value, float) and math.isnan(value):
        raise refused("NaN (it compares otherwise than in PostgreSQL)", "use null")


def _fitted_integer(field: "Field[Any, Any]", value: Any) -> Any:
    bounds = INTEGER_RANGES.get(internal_type(field))
    if bounds and isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise DataError(f"{field.name}: {value} is out of range")
    return value


def _fitted_decimal(field: "Field[Any, Any]", value: Decimal) -> Decimal128:
    stored: Any = stored_field(field)
    rounded = value.quantize(Decimal(1).scaleb(-stored.decimal_places), rounding=ROUND_HALF_UP, context=WIDE)
    if rounded and rounded.adjusted() >= stored.max_digits - stored.decimal_places:
        raise DataError(f"{field.name}: {value} has more than {stored.max_digits} digits")
    return Decimal128(rounded)
