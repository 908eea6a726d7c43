"""Named points at which a process of the test suite can be made to die, as by kill -9: where writes could part."""

import os
import signal

CRASH_AT = "TRIVIUM_CRASH_AT"


def crash_point(name: str) -> None:
    """Kill this process when TRIVIUM_CRASH_AT names this point and TRIVIUM_ENV is `test`; else do nothing."""
    if os.environ.get(CRASH_AT) == name and os.environ.get("TRIVIUM_ENV") == "test":
        os.kill(os.getpid(), signal.SIGKILL)
