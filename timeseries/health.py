"""Whether Cassandra answers. Called by `operations.health`."""

from timeseries.session import server_version


def check_health(timeout_s: float) -> str:
    """Return the server's version.

    Raises: StoreUnavailable or StoreTimeout with the reason.
    """
    return server_version(timeout_s=timeout_s)
