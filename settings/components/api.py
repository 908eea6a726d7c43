"""The web interface: DRF, tokens, the OpenAPI description and the bounds of a request."""

from datetime import timedelta

from decouple import config

from settings.casts import positive_integer, positive_seconds, rate

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.BearerAuthentication",
        "api.key_authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.Negotiation",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "api.problems.answer_exception",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": config("TRIVIUM_PROXIES", default=0, cast=int),
    "URL_FORMAT_OVERRIDE": None,
}

# A deactivated user or a changed role counts at the latest when the access token ends.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=config("TRIVIUM_ACCESS_TOKEN_S", default=300, cast=int)),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=config("TRIVIUM_REFRESH_TOKEN_S", default=86_400, cast=int)),
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Trivium",
    "DESCRIPTION": (
        "One API over PostgreSQL, MongoDB and Cassandra. The events of a stream as they come are told by a process"
        " of its own, on a port of its own: `GET /live/v1/streams/{stream}/events` (docs/live.md)."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # What a PATCH must have is needed there, too.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.complete"],
}

# Units that a principal, an address without a log-in, and an address that tries to log in may spend (api/limits.py).
RATE_LIMITS = {
    "default": config("TRIVIUM_RATE_LIMIT", default="off", cast=rate),
    "anonymous": config("TRIVIUM_RATE_LIMIT_ANONYMOUS", default="off", cast=rate),
    "log-in": config("TRIVIUM_RATE_LIMIT_LOG_IN", default="off", cast=rate),
}

# Larger request bodies are refused with 413 before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = config("TRIVIUM_MAX_BODY_BYTES", default=4_194_304, cast=int)
# A batch of events is held whole in memory while it is read.
MAX_EVENTS_BODY_BYTES = config("TRIVIUM_MAX_EVENTS_BODY_BYTES", default=16_777_216, cast=positive_integer)
# All waits for the stores in one request together have this long, up to the first part of an answer in parts.
REQUEST_DEADLINE_S = config("TRIVIUM_REQUEST_DEADLINE_S", default=15.0, cast=positive_seconds)
# A mixed read has this long, all stores together: a late store leaves a gap, the users themselves are a 504. So has a
# read of events or documents, and the check of documents against a new schema: 504.
QUERY_DEADLINE_S = config("TRIVIUM_QUERY_DEADLINE_S", default=10.0, cast=positive_seconds)
# A page of events with conditions, a histogram or a count reads about so many events, then it ends or is refused.
MAX_EXAMINED_EVENTS = config("TRIVIUM_MAX_EXAMINED_EVENTS", default=200_000, cast=positive_integer)
READINESS_DEADLINE_S = config("TRIVIUM_READINESS_DEADLINE_S", default=3.0, cast=positive_seconds)

# Answers to requests with an Idempotency-Key are kept this long.
IDEMPOTENCY_KEPT_S = config("TRIVIUM_IDEMPOTENCY_KEPT_S", default=86_400, cast=positive_seconds)
