"""What is logged: Django's defaults; drivers' repeated complaints about a server that is away are left to errors."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {
        "psycopg.pool": {"level": "ERROR"},
        "cassandra": {"level": "ERROR"},
    },
}
