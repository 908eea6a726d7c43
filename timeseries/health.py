"""Whether Cassandra answers, and how busy its connections are. Called by `operations.health`."""

from timeseries.session import requests_in_flight, server_version

__all__ = ["check_health", "requests_in_flight"]


def check_health(timeout_s: float) -> str:
    """Return the server's version.

    Raises: StoreUnavailable or StoreTimeout with the reason.
    """
    return server_version(timeout_s=timeout_s)
