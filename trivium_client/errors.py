"""What sending raises. None of these means that an event which was taken is lost: it is in the spool.

SendingError
├── InvalidEvent   no event can be made of it; nothing was taken
├── SpoolInUse     another sender has the spool folder, or it holds another stream's events
├── SpoolFull      no room for it: wait until some are delivered; `taken` of the call's events are in the spool
├── NotDelivered   the time is over, `pending` events still wait in the spool
└── NotAccepted    the server refuses the whole (log-in, rights, unknown stream): mend that, the events wait
"""


class SendingError(Exception):
    """Base of what sending raises."""


class InvalidEvent(SendingError):
    """No event can be made of it; nothing of the call was taken."""


class SpoolInUse(SendingError):
    """Another sender has the spool folder, or the folder holds another stream's events."""


class SpoolFull(SendingError):
    """The spool has no room: `taken` events of the call, the first ones, are in it, the others are not."""

    def __init__(self, message: str, *, taken: int = 0) -> None:
        super().__init__(message)
        self.taken = taken


class NotDelivered(SendingError):
    """The time is over; `pending` events wait in the spool, and are sent by this sender or the next one."""

    def __init__(self, message: str, *, pending: int) -> None:
        super().__init__(message)
        self.pending = pending


class NotAccepted(SendingError):
    """The server refuses the whole batch with this HTTP `status` and `code` (docs/errors.md); the events wait."""

    def __init__(self, message: str, *, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
