"""Whether MongoDB answers. Called by `operations.health`."""

from documents.client import mongo_client, translated


def check_health(timeout_s: float) -> str:
    """Return the version of the server that takes writes, after at most about `timeout_s` seconds.

    Raises: StoreUnavailable or StoreTimeout with the reason.
    """
    with translated(writing=False, timeout_s=timeout_s):
        return str(mongo_client().server_info()["version"])
