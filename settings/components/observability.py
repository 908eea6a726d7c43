"""What is logged, to standard error, one line each, in the shape of `core.logs`; and who may read the metrics.

Django's own default sends errors to mail only; the drivers' repeated complaints about a server that is away are left to
the errors that requests and commands end in. A request's own line comes from `api/access_log.py`.
"""

from decouple import Choices, config

LOG_FORMAT = config("TRIVIUM_LOG_FORMAT", default="json", cast=Choices(["json", "console"]))
LOG_LEVEL = config("TRIVIUM_LOG_LEVEL", default="WARNING", cast=Choices(["DEBUG", "INFO", "WARNING", "ERROR"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.make_formatter", "style": LOG_FORMAT}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # A 4xx is the caller's affair; a 5xx is logged with its traceback and the request's id (api/problems.py).
        "django.request": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "ERROR"},
        "cassandra": {"level": "CRITICAL"},
        # The server's own: started, ended, a worker died.
        "_granian": {"level": "INFO"},
    },
}
# Without a token, whoever asks from this machine itself, and not through a proxy, may read the metrics.
METRICS_TOKEN = config("TRIVIUM_METRICS_TOKEN", default="")
