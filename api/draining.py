"""Whether this process is about to end: told by a signal of its parent, asked by the gate and `/readyz`."""

import signal
from types import FrameType

SIGNAL = signal.SIGUSR1
_signals: list[int] = []


def listen_for_drain() -> None:
    """Begin to drain at the signal. Called by a worker's main thread, before it serves."""
    signal.signal(SIGNAL, _begin)


def is_draining() -> bool:
    """Tell whether connections should be closed after their answer."""
    return bool(_signals)


def _begin(number: int, _frame: FrameType | None) -> None:
    _signals.append(number)
