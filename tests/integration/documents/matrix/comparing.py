"""Run an operation on one store and give its outcome in plain values: what it returned, or what it raised."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import NotSupportedError

REFUSED = "refused"


def outcome(operation: Any, m: Any) -> Any:
    """Return ("returned", value), ("raised", name) or ("refused", message)."""
    try:
        return ("returned", plain(operation(m)))
    except NotSupportedError as error:
        return (REFUSED, str(error))
    except Exception as error:  # noqa: BLE001 - what is raised is what is compared
        kind = type(error)
        shared = ObjectDoesNotExist if issubclass(kind, ObjectDoesNotExist) else kind
        return ("raised", shared.__name__)


def plain(value: Any) -> Any:
    """Return values that compare across stores: bytes for memory views, decimals and dates with their types."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, memoryview):
        return bytes(value)
    return (type(value).__name__, value) if isinstance(value, (Decimal, bool)) else value
