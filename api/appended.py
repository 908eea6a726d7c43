"""What an append answers: counts, what became of single events, and why the rest of a body was not taken.

Called by `api.events`.
"""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import PROBLEM_JSON, Problem, problem_of
from core.errors import InvalidInput
from timeseries.services import AppendResult, AppendSummary, Wanted

MAX_SHOWN, MAX_FAILED = 10_000, 1_000
RESULTS = {
    "all": Wanted(all=MAX_SHOWN, failed=MAX_FAILED),
    "failed": Wanted(failed=MAX_FAILED),
    "none": Wanted(),
}


def reject(error: InvalidInput) -> AppendResult:
    """Make the result of what could not be read as an event."""
    return AppendResult("rejected", None, error.code, error.message, error.path)


def answer_appended(request: Request, summary: AppendSummary, *, by_line: bool) -> Response:
    """Answer what became of the events: as a problem where none was stored, or not all were taken."""
    answer = render_appended(summary, by_line=by_line)
    if summary.failure is None and summary.stored:
        return Response(answer)
    problem = _problem(summary, answer)
    headers = problem.headers
    if summary.failure is not None:
        headers["Connection"] = "close"  # what is left of the body is not read
    return Response(problem.body(request), status=problem.status, headers=headers, content_type=PROBLEM_JSON)


def render_appended(summary: AppendSummary, *, by_line: bool) -> dict[str, Any]:
    """Lay out the results, and count them; in a body of lines a reason names its line, from 1."""
    return {
        "stored": summary.stored,
        "rejected": summary.rejected,
        "unknown": summary.unknown,
        "results": [_render_result(place, result, by_line=by_line) for place, result in summary.results],
    }


def merge(items: Sequence[Any], appended: AppendSummary, wanted: Wanted) -> AppendSummary:
    """Put what is wrong with an array's items in its place among what became of the others."""
    refused = [(place, reject(item)) for place, item in enumerate(items) if isinstance(item, InvalidInput)]
    places = [place for place, item in enumerate(items) if not isinstance(item, InvalidInput)]
    results = sorted([*refused, *((places[at], result) for at, result in appended.results)], key=lambda each: each[0])
    appended.lines += len(refused)
    appended.rejected += len(refused)
    appended.results = results if wanted.all else results[: wanted.failed]
    return appended


def _problem(summary: AppendSummary, answer: dict[str, Any]) -> Problem:
    if summary.failure is not None:
        found = problem_of(summary.failure)
        assert found is not None  # it is of our tree
        taken = f"{found.detail}; {summary.lines} lines were taken before, go on behind them"
        return Problem(found.code, taken, found.errors, {**found.extra, "taken": summary.lines, **answer})
    if summary.unknown:
        detail = "no write was acknowledged in time: send all but the rejected again, that is safe"
        return Problem("outcome_unknown", detail, extra={"store": "timeseries", **answer})
    return Problem("batch_rejected", "every event is wrong: see results", extra=answer)


def _render_result(place: int, result: AppendResult, *, by_line: bool) -> dict[str, Any]:
    if result.status == "stored":
        return {"status": "stored", "id": result.id, "code": None, "path": None, "reason": None}
    return {
        "status": result.status,
        "id": result.id,
        "code": result.code,
        "path": f"[{place}].{result.path}".rstrip("."),
        "reason": f"line {place + 1}: {result.reason}" if by_line else result.reason,
    }
