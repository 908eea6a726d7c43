"""The environment of a child process that shall work on the databases of the tests."""

import os
from urllib.parse import urlsplit, urlunsplit

from django.db import connections

VARIABLES = {
    "default": "TRIVIUM_POSTGRESQL_URI",
    "documents": "TRIVIUM_MONGODB_URI",
    "timeseries": "TRIVIUM_CASSANDRA_URI",
}


def child_environment() -> dict[str, str]:
    """Return this process's environment with the databases of the tests in the URIs of the stores."""
    environment = dict(os.environ)
    for alias, variable in VARIABLES.items():
        uri = urlsplit(environment[variable])
        name = str(connections[alias].settings_dict["NAME"])
        environment[variable] = urlunsplit(uri._replace(path=f"/{name}"))
    return environment
