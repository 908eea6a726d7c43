"""Forked children, for the tests of what survives a fork and what must not."""

import os
import traceback
from collections.abc import Callable


def run_in_child(work: Callable[[], object]) -> int:
    """Run work in a forked child and return its exit status: 0, or 1 when it raised."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - a child must end by its exit status, whatever happens
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
