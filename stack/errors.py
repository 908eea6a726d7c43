"""What goes wrong in the stack, said in one line with its remedy; the command line prints it and exits with 1."""


class StackError(Exception):
    """Base: `message` says what is wrong and what to do; `detail` is the end of a log, empty when there is none."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class RequirementMissing(StackError):
    """The machine lacks something that the stack cannot fetch by itself."""


class DownloadFailed(StackError):
    """A registry could not be reached, or sent something other than what is pinned."""


class ServerFailed(StackError):
    """A server died at its start or never answered; `detail` is the end of its log."""


class NotReady(StackError):
    """The server does not (yet) answer as it should; asked again until the deadline."""


class PortShared(NotReady):
    """Another program listens on the server's port, too: answers may be either's."""
