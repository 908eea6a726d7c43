"""Django's expressions as MongoDB's aggregation expressions, by an allow-list of exact types.

Other modules of this package add theirs with `translates`; `language` imports them all. Called by the compilers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models.expressions import Col, CombinedExpression, DurationExpression, F, Ref, Value
from django.db.models.functions import Abs, Coalesce, Length, NullIf

from documents.backend.column_types import INTEGER_RANGES, are_comparable, internal_type, is_text
from documents.backend.columns import check_comparable, fitted_text
from documents.backend.integers import bits_of, computed, narrowed
from documents.backend.refusals import refused
from documents.backend.scope import Scope

if TYPE_CHECKING:
    from django.db.models import Field

Translator = Callable[[Any, Scope], Any]
TRANSLATORS: dict[type, Translator] = {}
ARITHMETIC = {"+": "$add", "-": "$subtract", "*": "$multiply"}
NUMBERS = frozenset({*INTEGER_RANGES, "FloatField", "DecimalField"})
MOMENTS = frozenset({"DateTimeField", "DurationField"})


def translates(*kinds: type) -> Callable[[Translator], Translator]:
    """Register the translator of expressions whose type is exactly one of `kinds`."""

    def register(translator: Translator) -> Translator:
        TRANSLATORS.update(dict.fromkeys(kinds, translator))
        return translator

    return register


def translate(expression: Any, scope: Scope) -> Any:
    """Return the aggregation expression of one of Django's.

    Raises: NotSupportedError for a type that is not on the list.
    """
    path = _computed_path(expression, scope)
    if path is not None:
        return f"${path}"
    translator = TRANSLATORS.get(type(expression))
    if translator is None:
        raise refused(f"the expression {type(expression).__name__}")
    return translator(expression, scope)


def _computed_path(expression: Any, scope: Scope) -> str | None:
    try:
        return scope.computed.get(expression)
    except TypeError:  # a lookup's right side may hold a list, which no mapping can look up
        return None


def literal(value: Any) -> Any:
    """Return an expression that is the value itself, whatever it looks like."""
    return {"$literal": value}


def is_present(expression: Any) -> Any:
    """Return an expression that tells whether another is neither null nor missing."""
    return {"$gt": [expression, None]}


def check_alike(what: str, *expressions: Any) -> None:
    """Refuse expressions of kinds that MongoDB would compare or mix otherwise than PostgreSQL.

    Raises: NotSupportedError, which names the kinds.
    """
    kinds = [output_kind(expression) for expression in expressions]
    if not all(are_comparable(kinds[0], kind) for kind in kinds):
        raise refused(f"{what} over {', '.join(sorted(set(kinds)))}")


def output_kind(expression: Any) -> str:
    """Name the kind of what an expression gives."""
    return internal_type(expression.output_field)


@translates(Col)
def _column(column: Col, scope: Scope) -> Any:
    path = scope.column_path(column)
    if path is None:
        raise refused(f"the column {column.target} beside a grouping that does not contain it")
    return f"${path}"


@translates(Ref)
def _reference(reference: Any, scope: Scope) -> Any:
    path = scope.named.get(reference.refs)
    return translate(reference.source, scope) if path is None else f"${path}"


@translates(F)
def _unresolved(reference: Any, _scope: Scope) -> Any:
    raise refused(f"the unresolved reference {reference.name!r}")


@translates(Value)
def _value(value: Any, scope: Scope) -> Any:
    field: Field[Any, Any] | None = value._output_field_or_none  # noqa: SLF001 - Django's own way to ask
    kept = value.value
    if field is not None:
        internal_type(field)
        kept = field.get_db_prep_value(kept, connection=scope.connection, prepared=False)
    check_comparable(kept)
    return literal(fitted_text(kept) if isinstance(kept, str) else kept)


@translates(CombinedExpression)
def _combined(combined: CombinedExpression, scope: Scope) -> Any:
    kinds = {output_kind(combined), output_kind(combined.lhs), output_kind(combined.rhs)}
    operands = [translate(combined.lhs, scope), translate(combined.rhs, scope)]
    if kinds == {"DurationField"} and combined.connector in {"+", "-"}:
        return computed(ARITHMETIC[combined.connector], operands, 64)
    check_alike(repr(combined.connector), combined.lhs, combined.rhs)
    if not kinds <= NUMBERS:
        raise refused(f"{combined.connector!r} over {', '.join(sorted(kinds))}")
    is_whole = kinds <= set(INTEGER_RANGES)
    if combined.connector not in ARITHMETIC:
        return _division(combined, operands, is_whole=is_whole, is_decimal="DecimalField" in kinds)
    operator = ARITHMETIC[combined.connector]
    return computed(operator, operands, bits_of(combined)) if is_whole else {operator: operands}


def _division(combined: CombinedExpression, operands: list[Any], *, is_whole: bool, is_decimal: bool) -> Any:
    connector = combined.connector
    if connector == "%%" and is_whole:
        return {"$mod": operands}
    if connector == "/" and is_whole:  # PostgreSQL cuts the fraction off; decimals have digits enough to do it exactly
        quotient = {"$trunc": [{"$divide": [{"$toDecimal": operands[0]}, operands[1]]}, 0]}
        return narrowed({"$toLong": quotient}, bits_of(combined))
    if connector == "/" and not is_decimal:
        return {"$divide": operands}
    sides = sorted({output_kind(combined.lhs), output_kind(combined.rhs)})
    raise refused(f"{connector.replace('%%', '%')!r} over {', '.join(sides)}")


@translates(DurationExpression)
def _moment_and_duration(combined: DurationExpression, scope: Scope) -> Any:
    kinds = {output_kind(combined.lhs), output_kind(combined.rhs)}
    if kinds != MOMENTS or combined.connector not in {"+", "-"}:
        raise refused(f"{combined.connector!r} over {', '.join(sorted(kinds))}")
    return computed(
        ARITHMETIC[combined.connector], [translate(combined.lhs, scope), translate(combined.rhs, scope)], 64
    )


@translates(Coalesce)
def _coalesce(function: Coalesce, scope: Scope) -> Any:
    sources = function.get_source_expressions()
    if not getattr(sources[0], "conditional", False):  # a condition has no kind of its own
        check_alike("Coalesce", *sources)
    return {"$ifNull": [*(translate(source, scope) for source in sources), None]}


@translates(NullIf)
def _null_if(function: NullIf, scope: Scope) -> Any:
    check_alike("NullIf", *function.get_source_expressions())
    first, second = (translate(source, scope) for source in function.get_source_expressions())
    return {"$cond": [{"$eq": [first, second]}, None, first]}


@translates(Length)
def _length(function: Length, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    if not is_text(source.output_field):
        raise refused(f"the length of a {output_kind(source)}")
    text = translate(source, scope)
    return {"$cond": [is_present(text), {"$strLenCP": {"$ifNull": [text, ""]}}, None]}


@translates(Abs)
def _absolute(function: Abs, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    if output_kind(source) not in NUMBERS:
        raise refused(f"the absolute value of a {output_kind(source)}")
    return {"$abs": translate(source, scope)}
