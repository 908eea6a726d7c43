"""Why a handler must stop where it is: raised by `RunningJob`, seen by the loop. Not errors: nothing is wrong.

They pass `except Exception`, so that a handler that tries one thing after another stops too. One that has to put things
in order catches `Stopped`, and raises it again.
"""


class Stopped(BaseException):
    """The handler must end; what it kept as its checkpoint is there for the next attempt, if there is one."""


class Cancelled(Stopped):
    """Somebody has cancelled the job."""


class LeaseLost(Stopped):
    """Another worker has the job, or will have it: whatever this attempt still did could spoil the other's work."""


class ShuttingDown(Stopped):
    """This worker ends; the job goes back into the queue at once."""


class PartsOpen(Stopped):
    """The jobs that it was split into have not ended; the handler is called again when they have."""
