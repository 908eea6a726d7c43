"""Workers that keep to one CPU each. Called by `api.server`.

Only one thread of a worker runs Python at a time. Left alone they take turns on several CPUs, and each turn finds the
other CPU's caches cold: on one CPU a request costs about a third less (`make bench ONLY=api`).
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from granian.server.mp import MPServer, WorkerProcess


class PinningServer(MPServer):
    """Granian's server; worker number n keeps to the nth of the CPUs given, beginning again after the last."""

    cpus: Sequence[int] = ()

    def _spawn_worker(  # type: ignore[override]  # as MPServer itself overrides it
        self, idx: int, target: Any, callback_loader: Callable[[], Any]
    ) -> WorkerProcess:
        if self.cpus:
            callback_loader = partial(_load_on, self.cpus[idx % len(self.cpus)], callback_loader)
        return super()._spawn_worker(idx, target, callback_loader)


def cpus_to_keep_to(choice: str, *, workers: int) -> list[int]:
    """Return the CPUs that workers are to share out among them; none where each is better left to the system.

    The choice is settings.API_PIN_WORKERS. `auto` wants a worker for each CPU: with fewer, several servers on a large
    machine would all crowd on its first CPUs.
    """
    cpus = sorted(os.sched_getaffinity(0))
    is_wanted = choice == "yes" or (choice == "auto" and workers >= len(cpus))
    return cpus if is_wanted else []


def _load_on(cpu: int, load: Callable[[], Any]) -> Any:
    # In the worker, before it has other threads: those it starts keep to the same.
    os.sched_setaffinity(0, {cpu})
    return load()
