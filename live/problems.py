"""Refusals before a stream begins, as the API words them; settings.PROBLEMS names the module that can."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_problems: Any = import_module(settings.PROBLEMS)  # type: ignore[misc]  # mypy does not see settings.live


def answer_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer an error of our tree or of Django's."""
    response: HttpResponse = _problems.problem_response(request, _problems.problem_of(error))
    return response


def refuse(request: HttpRequest, code: str, detail: str) -> HttpResponse:
    """Answer a problem that only the web has."""
    response: HttpResponse = _problems.problem_response(request, _problems.Problem(code, detail))
    return response
