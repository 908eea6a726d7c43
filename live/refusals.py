"""Refusals that only the web has; they never leave this room: a problem before a stream, the stream's end in it."""

from core.errors import TriviumError


class NotAuthenticated(TriviumError):
    """Nothing was shown that says who asks."""

    code = "not_authenticated"


class AuthenticationFailed(TriviumError):
    """What was shown is wrong, has ended, or its user is deactivated."""

    code = "authentication_failed"


class Throttled(TriviumError):
    """This caller has too much open; closing something is right."""

    code = "throttled"
