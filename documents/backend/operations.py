"""Values between Python and MongoDB, flushing, and the small answers Django asks a backend for."""

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from bson import Decimal128
from django.db import DataError
from django.db.backends.base.operations import BaseDatabaseOperations
from djongo.operations import DatabaseOperations as DjongoOperations

from core.times import EPOCH, MICROSECOND, from_microseconds, to_microseconds
from documents.backend.json_values import storable_json
from documents.backend.refusals import refused

MIDNIGHT = dt.time()


class FlushStatement(str):
    """The text that `sqlflush` prints for one table; carries what `flush` does."""

    __slots__ = ("reset_sequence", "table")
    table: str
    reset_sequence: bool

    @classmethod
    def of(cls, table: str, *, reset_sequence: bool) -> "FlushStatement":
        """Make the statement that empties one table."""
        statement = cls(f'db.getCollection("{table}").deleteMany({{}});')
        statement.table, statement.reset_sequence = table, reset_sequence
        return statement


class DatabaseOperations(DjongoOperations):  # type: ignore[misc] # djongo has no types
    """djongo's operations; values are kept so that they compare as PostgreSQL's do."""

    compiler_module = "documents.backend.compilers"
    cast_data_types: dict[str, str] = {}  # noqa: RUF012 - Django's attribute

    # -- to MongoDB --------------------------------------------------------------------------------------------------

    def adapt_datefield_value(self, value: dt.date | None) -> dt.datetime | None:
        """Keep a day as MongoDB's date at midnight UTC."""
        return None if value is None else dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """Keep a moment as microseconds since 1970, exact and in order."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if value.tzinfo is None:
            value = value.replace(tzinfo=self.connection.timezone)
        return to_microseconds(value)

    def adapt_timefield_value(self, value: Any) -> Any:
        """Keep a time of day as microseconds since midnight."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, str):
            value = dt.time.fromisoformat(value)
        if value.tzinfo is not None:
            raise refused("a time of day with a time zone", "leave the zone out")
        moment = dt.datetime.combine(EPOCH.date(), value, tzinfo=dt.UTC)
        return to_microseconds(moment)

    def adapt_decimalfield_value(
        self,
        value: Decimal | None,
        max_digits: int | None = None,  # noqa: ARG002 - Django's signature
        decimal_places: int | None = None,  # noqa: ARG002 - Django's signature
    ) -> Decimal128 | None:
        """Keep a decimal exactly; columns round when they are written, comparisons do not."""
        if value is None:
            return None
        if not value.is_finite():
            raise DataError(f"{value} is no number that a decimal column holds")
        try:
            return Decimal128(value)
        except ArithmeticError as error:
            raise refused(f"the decimal {value} (more than 34 digits)", "round it") from error

    def adapt_json_value(self, value: Any, encoder: Any) -> Any:
        """Return the JSON value with its keys in order, so that equal objects are equal in MongoDB."""
        return storable_json(value, encoder)

    # -- from MongoDB ------------------------------------------------------------------------------------------------

    def get_db_converters(self, expression: Any) -> list[Any]:
        """List what turns a kept value into Python's."""
        converters = list(BaseDatabaseOperations.get_db_converters(self, expression))
        converter = CONVERTERS.get(expression.output_field.get_internal_type())
        return converters if converter is None else [*converters, converter]

    # -- the rest ----------------------------------------------------------------------------------------------------

    def sql_flush(
        self,
        style: Any,  # noqa: ARG002 - Django's signature
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,  # noqa: ARG002 - Django's signature
    ) -> list[FlushStatement]:
        """List the statements that empty the tables."""
        return [FlushStatement.of(table, reset_sequence=reset_sequences) for table in tables]

    def execute_sql_flush(self, sql_list: Sequence[FlushStatement]) -> None:
        """Empty the tables; their indexes and validators stay."""
        for statement in sql_list:
            self._empty_table(statement)

    def _empty_table(self, statement: FlushStatement) -> None:
        database = self.connection.database
        self.connection.run(
            lambda session: database[statement.table].delete_many({}, session=session),
            name=str(statement),
        )
        if statement.reset_sequence:
            from documents.backend.sequences import reset_sequence  # noqa: PLC0415 - a cycle by way of djongo's base

            reset_sequence(database, statement.table)

    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:  # noqa: ARG002 - Django's signature
        """Return the whole: the driver cuts batches."""
        return max(1, len(objs))

    def max_name_length(self) -> int:
        """Return how long an index's name may be made."""
        return 63

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> NoReturn:  # noqa: A002, ARG002 - Django's
        """Refuse to explain.

        Raises: NotSupportedError, always.
        """
        raise refused("explain()", "use pymongo's explain command through documents.client")

    def savepoint_create_sql(self, sid: str) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse: MongoDB has no savepoints.

        Raises: NotSupportedError, always.
        """
        raise refused("savepoints", "let an error leave the outermost atomic()")


def _day(value: Any, _expression: Any, _connection: Any) -> Any:
    return value.date() if isinstance(value, dt.datetime) else value


def _moment(value: Any, _expression: Any, _connection: Any) -> Any:
    return from_microseconds(value) if isinstance(value, int) else value


def _time_of_day(value: Any, _expression: Any, _connection: Any) -> Any:
    return (EPOCH + value * MICROSECOND).time() if isinstance(value, int) else value


def _decimal(value: Any, _expression: Any, _connection: Any) -> Any:
    return value.to_decimal() if isinstance(value, Decimal128) else value


def _json_text(value: Any, _expression: Any, _connection: Any) -> Any:
    return None if value is None else json.dumps(value)


def _float(value: Any, _expression: Any, _connection: Any) -> Any:
    return None if value is None else float(value.to_decimal() if isinstance(value, Decimal128) else value)


CONVERTERS = {
    "DateField": _day,
    "DateTimeField": _moment,
    "TimeField": _time_of_day,
    "DecimalField": _decimal,
    "JSONField": _json_text,
    "FloatField": _float,
}
