"""How Django's fields are kept in MongoDB: BSON types, and the part of a validator that each field asks for."""

import math
from collections.abc import Mapping
from decimal import Context, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bson import Decimal128

if TYPE_CHECKING:
    from django.db.models import Field

from documents.backend.refusals import refused

INT64 = ["int", "long"]
MICROSECONDS = "long"
# Internal type of the field -> BSON type. Times are counts of microseconds (MongoDB's own dates hold milliseconds).
DATA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "AutoField": "int",
        "BigAutoField": "long",
        "SmallAutoField": "int",
        "BinaryField": "binData",
        "BooleanField": "bool",
        "CharField": "string",
        "DateField": "date",
        "DateTimeField": MICROSECONDS,
        "DecimalField": "decimal",
        "DurationField": MICROSECONDS,
        "FileField": "string",
        "FilePathField": "string",
        "FloatField": "double",
        "GenericIPAddressField": "string",
        "IntegerField": "int",
        "BigIntegerField": "long",
        "JSONField": "object",
        "PositiveBigIntegerField": "long",
        "PositiveIntegerField": "int",
        "PositiveSmallIntegerField": "int",
        "SlugField": "string",
        "SmallIntegerField": "int",
        "TextField": "string",
        "TimeField": MICROSECONDS,
        "UUIDField": "binData",
    },
)
INTEGER_RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "SmallAutoField": (-(1 << 15), (1 << 15) - 1),
        "AutoField": (-(1 << 31), (1 << 31) - 1),
        "BigAutoField": (-(1 << 63), (1 << 63) - 1),
        "SmallIntegerField": (-(1 << 15), (1 << 15) - 1),
        "IntegerField": (-(1 << 31), (1 << 31) - 1),
        "BigIntegerField": (-(1 << 63), (1 << 63) - 1),
        "PositiveSmallIntegerField": (0, (1 << 15) - 1),
        "PositiveIntegerField": (0, (1 << 31) - 1),
        "PositiveBigIntegerField": (0, (1 << 63) - 1),
    },
)
TEXT_TYPES = frozenset({"CharField", "TextField", "SlugField", "FileField", "FilePathField"})
MAX_DECIMAL_DIGITS = 34
WIDE = Context(prec=60)
WITHOUT_NUL = r"^[^\x00]*+\z"


def stored_field(field: "Field[Any, Any]") -> "Field[Any, Any]":
    """Return the field that says how a column is kept: a foreign key is kept as what it points to."""
    while field.remote_field is not None and getattr(field, "target_field", None) is not None:
        field = field.target_field  # type: ignore[attr-defined] # foreign keys have it
    return field


def internal_type(field: "Field[Any, Any]") -> str:
    """Name the field's kind.

    Raises: NotSupportedError for a kind that is not on the list.
    """
    name = stored_field(field).get_internal_type()
    if name not in DATA_TYPES:
        raise refused(f"fields of the kind {name}")
    return name


def are_comparable(one: str, other: str) -> bool:
    """Tell whether two kinds compare and mix in MongoDB as in PostgreSQL: alike, or whole numbers with any number."""
    families = {_family(one), _family(other)}
    return len(families) == 1 or families in ({"integer", "FloatField"}, {"integer", "DecimalField"})


def _family(kind: str) -> str:
    if kind in INTEGER_RANGES:
        return "integer"
    return "text" if kind in TEXT_TYPES else kind


def is_text(field: "Field[Any, Any]") -> bool:
    """Tell whether the field is kept as text that patterns may search."""
    return internal_type(field) in TEXT_TYPES


def bson_types(field: "Field[Any, Any]") -> list[str]:
    """List the BSON types that a value of the field may have, without null."""
    name = internal_type(field)
    if name == "JSONField":
        return ["object", "array", "string", "bool", "int", "long", "double"]
    if DATA_TYPES[name] in INT64:
        return INT64
    return [DATA_TYPES[name]]


def column_schema(field: "Field[Any, Any]") -> dict[str, Any]:
    """Return the JSON schema of one column: type, null, length, range: what PostgreSQL's column types refuse."""
    name, stored = internal_type(field), stored_field(field)
    if name == "DecimalField" and (stored.max_digits or 0) > MAX_DECIMAL_DIGITS:  # type: ignore[attr-defined] # its own
        raise refused(f"decimals of more than {MAX_DECIMAL_DIGITS} digits ({field})", "ask for fewer digits")
    schema: dict[str, Any] = {"bsonType": [*bson_types(field), *(["null"] if field.null else [])]}
    if name in TEXT_TYPES and name != "TextField" and stored.max_length:
        schema["maxLength"] = stored.max_length
    if name in INTEGER_RANGES and INTEGER_RANGES[name][1] < (1 << 63) - 1:
        schema["minimum"] = INTEGER_RANGES[name][0]
        schema["maximum"] = INTEGER_RANGES[name][1]
    if name == "DecimalField":
        most = Decimal(10**stored.max_digits - 1).scaleb(-stored.decimal_places, WIDE)  # type: ignore[attr-defined] # its own
        schema |= {"minimum": Decimal128(-most), "maximum": Decimal128(most)}
    if name == "FloatField":
        schema["minimum"] = -math.inf  # NaN is below it
    if name in TEXT_TYPES:
        schema["pattern"] = WITHOUT_NUL
    return schema
