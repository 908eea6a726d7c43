"""What is said when something is not supported, and the driver's errors as Django's. Called by every module here."""

from collections.abc import Iterator
from typing import Any

from bson.errors import BSONError
from django.db import DatabaseError, DataError, IntegrityError, NotSupportedError, OperationalError
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteError,
    WTimeoutError,
)

from documents.failures import reason_of

DRIVER_ERRORS = (PyMongoError, BSONError, OverflowError)
LOST_ERRORS = (ConfigurationError, ConnectionFailure, ExecutionTimeout, WTimeoutError)
DUPLICATE_KEY_CODES = frozenset({11000, 11001, 12582})
WRITE_CONFLICT = 112
VALIDATION_FAILED = 121
NESTED_ACCOUNTS = ("details", "clausesNotSatisfied", "schemaRulesNotSatisfied", "propertiesNotSatisfied")
# Division by zero, a conversion that failed, a value out of a type's range.
ACCESS_CODES = frozenset({13, 18})  # Unauthorized, AuthenticationFailed
VALUE_CODES = frozenset({2, 16608, 16610, 241, 31034, 4848401, 5787901})


def refused(what: str, instead: str = "use pymongo through documents.client") -> NotSupportedError:
    """Return the error for a shape that is not on the allow-list; raise it before anything runs."""
    return NotSupportedError(f"the MongoDB backend does not answer {what}: {instead}")


def is_transient(error: Exception) -> bool:
    """Tell whether the same statement, run again from its beginning, may pass: another writer was in the way."""
    if isinstance(error, OperationFailure) and error.code == WRITE_CONFLICT:
        return True
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")


def django_error(error: Exception) -> DatabaseError:
    """Return Django's error for one of the driver's; raise it `from` the driver's."""
    first = _first_write_error(error)
    code = first.get("code")
    if isinstance(error, (BSONError, OverflowError)):
        return DataError(f"MongoDB cannot hold this value: {reason_of(error)}")
    if isinstance(error, DuplicateKeyError) or code in DUPLICATE_KEY_CODES:
        return IntegrityError(f"duplicate key: {first.get('errmsg', reason_of(error))}")
    if code == VALIDATION_FAILED:
        return _validation_error(first)
    kind, text = _kind_of(error, code)
    return kind(f"{text}: {reason_of(error)}")


def _kind_of(error: Exception, code: Any) -> tuple[type[DatabaseError], str]:
    if is_transient(error):
        return OperationalError, "another writer was in the way, run the atomic block again"
    if isinstance(error, LOST_ERRORS):
        return OperationalError, "MongoDB did not answer"
    if code in ACCESS_CODES:
        return OperationalError, "MongoDB refused the log-in"
    if code in VALUE_CODES:
        return DataError, "MongoDB could not compute this"
    return DatabaseError, "MongoDB refused a request"


def _first_write_error(error: Exception) -> dict[str, Any]:
    if isinstance(error, BulkWriteError):
        errors = (error.details or {}).get("writeErrors") or [{}]
        return dict(errors[0])
    if isinstance(error, WriteError):
        return {"code": error.code, **(error.details or {})}
    return {"code": error.code} if isinstance(error, OperationFailure) else {}


def _validation_error(first: dict[str, Any]) -> DatabaseError:
    """Tell a broken constraint (null, range of positive integers, check) from a value that the column cannot hold."""
    failed = list(_failed_rules(first.get("errInfo")))
    text = "; ".join(f"{column}: {rule}" for column, rule, _ in failed) or "a check constraint"
    if all(_is_of_type(failure) for _, _, failure in failed) and failed:
        return DataError(f"the value does not fit its column: {text}")
    return IntegrityError(f"the row breaks a constraint: {text}")


def _is_of_type(failure: dict[str, Any]) -> bool:
    rule = failure["operatorName"]
    if rule == "bsonType":
        return failure.get("consideredType") != "null"
    return rule in {"maxLength", "maximum", "pattern"} or (
        rule == "minimum" and failure["specifiedAs"] != {"minimum": 0}
    )


def _failed_rules(node: Any, column: str = "row") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give (column, rule, account) of what a document does not satisfy, from the server's account."""
    if isinstance(node, list):
        for item in node:
            yield from _failed_rules(item, column)
    elif isinstance(node, dict):
        column = str(node.get("propertyName", column))
        if "missingProperties" in node:
            yield ", ".join(node["missingProperties"]), "is required", {"operatorName": "required"}
        elif "reason" in node and "specifiedAs" in node:
            yield column, str(node["operatorName"]), node
        for key in NESTED_ACCOUNTS:
            yield from _failed_rules(node.get(key), column)
