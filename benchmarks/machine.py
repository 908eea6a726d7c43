"""How quiet the machine is: stated with every result, since figures of a busy machine are not worth comparing."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLE_S = 2.0
QUIET_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Quiet:
    """How much of the machine's CPU was used while nothing of ours ran."""

    cores: int
    busy_share: float

    @property
    def is_quiet(self) -> bool:
        """Tell whether figures taken now are worth comparing."""
        return self.busy_share <= QUIET_SHARE

    def __str__(self) -> str:
        verdict = "quiet" if self.is_quiet else "NOT QUIET: trust the ratios, not the figures"
        return f"machine: {self.cores} cores, {self.busy_share:.0%} busy before the start, {verdict}"


def sample_machine(seconds: float = SAMPLE_S) -> Quiet:
    """Watch the machine for some seconds."""
    busy, whole = _cpu_ticks()
    time.sleep(seconds)
    busy_after, whole_after = _cpu_ticks()
    return Quiet(os.cpu_count() or 1, (busy_after - busy) / max(whole_after - whole, 1))


def _cpu_ticks() -> tuple[int, int]:
    """Return the ticks all cores were busy, and all ticks. Source: proc_stat(5)."""
    line = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0]
    ticks = [int(field) for field in line.split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)
