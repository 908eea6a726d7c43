"""The one map from error codes to HTTP: status and title. Everything that answers an error looks here.

The first part are the codes of `core.errors`' tree, the second those that only the web has. Each has its row in
docs/errors.md; a test walks both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class HttpError:
    """How a code looks in HTTP; `retry_after_s` where trying again is right."""

    status: int
    title: str
    retry_after_s: int | None = None


HTTP_ERRORS: Mapping[str, HttpError] = MappingProxyType(
    {
        "error": HttpError(500, "It failed"),
        "invalid_input": HttpError(400, "The request is wrong"),
        "unsupported_query": HttpError(400, "This store cannot answer that"),
        "too_large": HttpError(413, "Over a bound"),
        "body_cut_off": HttpError(400, "The body ended too early"),
        "too_much_work": HttpError(422, "More work than one question may make"),
        "idempotency_mismatch": HttpError(422, "The key stands for another request"),
        "not_found": HttpError(404, "No such thing, or not yours"),
        "permission_refused": HttpError(403, "You may not do this"),
        "conflict": HttpError(409, "The state does not allow it"),
        "insufficient_funds": HttpError(409, "The account does not hold that much"),
        "quota_exceeded": HttpError(409, "The owner has stored as much as one may"),
        "in_flight": HttpError(409, "The same request is being answered", retry_after_s=1),
        "precondition_failed": HttpError(412, "It is not as you demand"),
        "overloaded": HttpError(503, "Too much at once", retry_after_s=5),
        "body_too_slow": HttpError(408, "The body stopped coming"),
        "target_failed": HttpError(507, "Files could not be written"),
        "store_error": HttpError(503, "A store failed"),
        "store_unavailable": HttpError(503, "A store cannot be reached", retry_after_s=2),
        "store_timeout": HttpError(504, "A store was too slow", retry_after_s=2),
        "outcome_unknown": HttpError(503, "Done or not: unknown", retry_after_s=2),
        "not_authenticated": HttpError(401, "Log in first"),
        "authentication_failed": HttpError(401, "The log-in or token was refused"),
        "method_not_allowed": HttpError(405, "This address does not know this method"),
        "not_acceptable": HttpError(406, "No such representation"),
        "length_required": HttpError(411, "Say how long the body is"),
        "unsupported_media_type": HttpError(415, "Send JSON"),
        "range_not_satisfiable": HttpError(416, "No byte of the range is there"),
        "batch_rejected": HttpError(422, "Every item is wrong"),
        "throttled": HttpError(429, "Too many requests", retry_after_s=1),
        "internal_error": HttpError(500, "A mistake of ours"),
    },
)
