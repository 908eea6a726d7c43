"""The worker (`manage.py worker`) as a server of the stack."""

from collections.abc import Sequence

from stack.servers.signing import SigningApplication


class Worker(SigningApplication):
    """The worker of one stack."""

    name = "worker"
    title = "Worker"
    words: Sequence[str] = ("manage.py", "worker")
