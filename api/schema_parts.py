"""Parts that the OpenAPI description gives to every operation: problems by status, headers of answers, sparse answers.

Called by `api.schema`.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from api.errors import HTTP_ERRORS

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; every code is explained in docs/errors.md.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for this request."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "code": {"type": "string", "enum": sorted(HTTP_ERRORS)},
        "request_id": {"type": "string"},
        "store": {"type": "string", "description": "Which store failed."},
        "errors": {
            "type": "array",
            "description": "Every wrong field, by its dotted path.",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
HEADERS: Mapping[str, str] = {
    "Link": 'The next page, as <address>; rel="next".',
    "ETag": "Send it back in If-None-Match.",
    "Location": "Where the new thing is.",
    "RateLimit": 'What is left of the limit, as "name";r=UNITS;t=SECONDS until all are back.',
    "RateLimit-Policy": 'The limit, as "name";q=UNITS;w=SECONDS.',
    "RateLimit-Cost": "How many units this request cost.",
    "Server-Timing": "How many milliseconds each store took.",
    "X-Request-ID": "The request's id, in every log line about it.",
    "Retry-After": "How many seconds to wait.",
}
EVERYWHERE = ("X-Request-ID", "Server-Timing", "RateLimit", "RateLimit-Policy", "RateLimit-Cost")
ANY_REQUEST = (400, 405, 406, 429, 500, 503, 504)
REF = "#/components/schemas/"
PROBLEM, BATCH_PROBLEM = ({"$ref": f"{REF}{name}"} for name in ("Problem", "BatchProblem"))


def problem_statuses(
    *, is_public: bool, is_named: bool, has_body: bool, writes: bool, has_conditions: bool
) -> list[int]:
    """Return the statuses that an operation's problems may have."""
    statuses = [*ANY_REQUEST]
    statuses += [] if is_public else [401, 403]
    statuses += [404] if is_named else []
    statuses += [411, 413, 415] if has_body else []
    statuses += [404, 409] if writes and not is_public else []
    statuses += [412] if has_conditions else []
    return sorted(set(statuses))


def problem_reference(status: int) -> dict[str, str]:
    """Refer to the problems of a status."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def problem_responses() -> dict[str, Any]:
    """Describe the problems of each status, each code with an example; and any problem."""
    statuses = sorted({error.status for error in HTTP_ERRORS.values()})
    responses = {f"Problem{status}": _problem_response(status) for status in statuses}
    return {"Problem": _problem_body("It was refused or failed."), **responses}


def batch_problem(appended: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a problem that also says what became of each item, as `appended` describes that."""
    return {
        "type": "object",
        "description": "A problem with what became of each item.",
        "required": [*PROBLEM_SCHEMA["required"], *appended["required"]],
        "properties": {**PROBLEM_SCHEMA["properties"], **appended["properties"]},
    }


def headers_of(names: Iterable[str]) -> dict[str, Any]:
    """Refer to headers by name."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def header_components() -> dict[str, Any]:
    """Describe the headers of answers."""
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()}


def allow_sparse(schema: dict[str, Any], components: dict[str, Any]) -> None:
    """Let an answer (or each row of a page) lack what `fields` leaves out: the whole thing, or a part of it."""
    name = schema.get("$ref", "").removeprefix(REF)
    page = components.get(name, {}).get("properties", {}).get("results")
    if page is not None:
        if "$ref" in page["items"]:
            page["items"] = _whole_or_part(page["items"]["$ref"], components)
    elif name:
        schema |= _whole_or_part(schema.pop("$ref"), components)


def _whole_or_part(reference: str, components: dict[str, Any]) -> dict[str, Any]:
    name = reference.removeprefix(REF)
    part = deepcopy(components[name])
    part.pop("required", None)
    part["description"] = f"The chosen fields of {name}."
    components[f"{name}Part"] = part
    return {"anyOf": [{"$ref": reference}, {"$ref": f"{REF}{name}Part"}]}


def _problem_response(status: int) -> dict[str, Any]:
    codes = {code: error for code, error in HTTP_ERRORS.items() if error.status == status}
    response = _problem_body(f"{HTTPStatus(status).phrase}: {', '.join(codes)}.")
    response["content"]["application/problem+json"]["examples"] = {
        code: {"summary": error.title, "value": _example(code, error.title, status)} for code, error in codes.items()
    }
    if any(error.retry_after_s for error in codes.values()):
        response["headers"] |= headers_of(["Retry-After"])
    return response


def _problem_body(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": headers_of(["X-Request-ID"]),
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }


def _example(code: str, title: str, status: int) -> dict[str, Any]:
    is_field = re.fullmatch("invalid_input|unsupported_query|too_large", code)
    return {
        "type": f"/api/v1/docs#{code}",
        "title": title,
        "status": status,
        "detail": title,
        "instance": "/api/v1/users",
        "code": code,
        "request_id": "01a1fd80-af12-7652-b462-4c67f130d496",
        "errors": [{"path": "limit", "message": title}] if is_field else [],
    }
