"""The relay (`manage.py relay`) as a server of the stack."""

from collections.abc import Sequence

from stack.servers.signing import SigningApplication


class Relay(SigningApplication):
    """The relay of one stack."""

    name = "relay"
    title = "Relay"
    words: Sequence[str] = ("manage.py", "relay")
