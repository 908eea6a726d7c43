"""Which kinds of jobs there are: settings.JOB_KINDS names a handler for each, a system check proves that it is there.

Handlers live on floors above, which this room may not import; so they are named, `module:function`.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from core.errors import InvalidInput
from jobs.running import RunningJob

Handler = Callable[[RunningJob], Mapping[str, Any]]
HINT = "Write 'module:function' in JOB_KINDS (settings/components/jobs.py), of a function that takes a RunningJob."


def load_kinds() -> dict[str, Handler]:
    """Return the handler of every kind. Raises: ImportError, AttributeError, ValueError for one that is not there."""
    return {kind: load_handler(place) for kind, place in named_kinds().items()}


def load_handler(place: str) -> Handler:
    """Return the function that `module:function` names. Raises: ImportError, AttributeError, ValueError."""
    module, colon, name = place.partition(":")
    handler = getattr(import_module(module), name) if colon else None
    if not callable(handler):
        raise ValueError(f"{place!r} names no function")  # noqa: TRY004 - it is the text that is wrong
    return handler  # type: ignore[no-any-return]  # what it takes and returns is a promise


def check_kind(kind: str) -> None:
    """Check that there is such a kind of job. Raises: InvalidInput."""
    if kind not in named_kinds():
        raise InvalidInput(f"no kind of job {kind[:40]!r}; there are: {', '.join(named_kinds())}", path="kind")


def named_kinds() -> dict[str, str]:
    """Return the place of every kind's handler."""
    kinds: dict[str, str] = settings.JOB_KINDS  # type: ignore[misc]  # mypy does not see split settings
    return kinds


@register("jobs")
def check_kinds(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """Prove that each kind's handler can be imported, and each limit is of a kind."""
    limits: dict[str, int] = settings.JOB_LIMITS  # type: ignore[misc]  # mypy does not see split settings
    unknown = [
        Error(f"JOB_LIMITS has '{kind}', which JOB_KINDS has not.", hint="Mend either.", id="jobs.E002")
        for kind in limits
        if kind not in named_kinds()
    ]
    return [*(error for kind, place in named_kinds().items() for error in _check_handler(kind, place)), *unknown]


def _check_handler(kind: str, place: str) -> list[CheckMessage]:
    try:
        load_handler(place)
    except (ImportError, AttributeError, ValueError) as error:
        return [Error(f"The handler of the kind of job '{kind}' is not there: {error}", hint=HINT, id="jobs.E001")]
    return []
