"""The environment of a child process that shall work on the databases of the tests."""

import os

from tests.serving import databases_of_tests


def child_environment() -> dict[str, str]:
    """Return this process's environment with the databases of the tests in the URIs of the stores."""
    return {**os.environ, **databases_of_tests()}
