"""The settings of the live process: those of the service, with its own addresses and gate. Named by `live.asgi`."""

from settings import *  # noqa: F403 - it is the same service
from settings.components.security import CORS_ALLOW_HEADERS as ALLOWED_BY_API

ROOT_URLCONF = "live.urls"
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "live.gate.guard_requests"]
# The same pages as at the API.
CORS_URLS_REGEX = r"^/(live/|livez)"
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_ALLOW_HEADERS = (*ALLOWED_BY_API, "cache-control", "last-event-id")
# Errors look as the API's do: the room may not import that, so the module is named here.
PROBLEMS = "api.problems"
# Likewise what makes the streams of exports.
EXPORTS = "exports.streaming"
