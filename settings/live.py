"""The settings of the live process: those of the service, with its own addresses and gate. Named by `live.asgi`."""

from settings import *  # noqa: F403 - it is the same service

ROOT_URLCONF = "live.urls"
MIDDLEWARE = ["live.gate.guard_requests"]
# Errors look as the API's do: the room may not import that, so the module is named here.
PROBLEMS = "api.problems"
