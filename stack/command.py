"""Running another program with the stack's variables: the tests, a management command. Its status is the answer."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from stack.errors import StackError
from stack.layout import ROOT


def run_command(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a program to its end; the variables override the caller's, so that no other server is ever meant.

    SIGTERM to us reaches it; an interrupt from the keyboard reaches it by itself. Ended by a signal: 128 + its number.

    Raises: StackError when there is no such program.
    """
    try:
        child = subprocess.Popen(command, env={**os.environ, **variables}, cwd=ROOT)
    except OSError as error:
        raise StackError(f"{command[0]} cannot be run: {error.strerror}") from error

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        status = _wait(child)
    finally:
        signal.signal(signal.SIGTERM, before)
    return status if status >= 0 else 128 - status


def _wait(child: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The program got it too and ends in its own way.
            continue
