"""Several refusals as one error, so that every wrong field of a body is named at once. Pure.

Called by checks and services.
"""

from collections.abc import Callable, Sequence
from typing import Any

from core.errors import InvalidInput

MAX_ERRORS = 20


def check_all(*checks: Callable[[], Any]) -> list[Any]:
    """Make every check and return what they return. Raises: InvalidInput of all that fail, `together`."""
    passed: list[Any] = []
    refused: list[InvalidInput] = []
    for check in checks:
        try:
            passed.append(check())
        except InvalidInput as error:
            refused.append(error)
    if refused:
        raise together(refused)
    return passed


def together(refused: Sequence[InvalidInput]) -> InvalidInput:
    """Return one error for several: the first of them, with the paths of all, of MAX_ERRORS at most."""
    first = refused[0]
    errors = [each for error in refused for each in error.errors or ((error.path, error.message),)]
    return type(first)(first.message, path=first.path, errors=errors[:MAX_ERRORS])
