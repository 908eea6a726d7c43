"""What is logged, to standard error: warnings and errors with time and logger; a request's errors bear its id.

Django's own default sends errors to mail only; the drivers' repeated complaints about a server that is away are left to
the errors that requests and commands end in.
"""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # A 4xx is the caller's affair; a 5xx is logged with its traceback and the request's id (api/problems.py).
        "django.request": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "ERROR"},
        "cassandra": {"level": "CRITICAL"},
    },
}
