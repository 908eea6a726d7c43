"""Serves the API: `python -m api.server` starts granian's worker processes over `api.wsgi` and ends them without haste.

SIGTERM or SIGINT begins a drain: `/readyz` says that the process is ending, every answer closes its connection, new
connections are still served. After TRIVIUM_API_DRAIN_S nobody should be left who would send anything; granian then
closes its sockets, finishes what is being answered and ends, within TRIVIUM_API_STOP_WITHIN_S. A second signal
leaves out the rest of the drain. SIGHUP puts new workers in the place of the old ones.
"""

import os
import signal
import threading
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.conf import settings as django_settings

from api.draining import SIGNAL
from api.pinning import PinningServer, cpus_to_keep_to

settings: Any = django_settings  # mypy does not see split settings
MAX_DEFAULT_WORKERS = 8


def main() -> None:
    """Serve until a signal; exit status 0 after an orderly end, 1 when workers died again and again."""
    with TemporaryDirectory(prefix="trivium-metrics-") as folder:
        # Before any worker imports prometheus-client, which looks for it then.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        server = make_server()
        server.on_startup(lambda: drain_on_signals(server))
        server.serve()


def make_server() -> PinningServer:
    """Configure granian by the settings TRIVIUM_API_*."""
    workers = settings.API_WORKERS or default_workers()
    server = PinningServer(
        "api.wsgi:application",
        interface=Interfaces.WSGI,
        address=settings.API_HOST,
        port=settings.API_PORT,
        workers=workers,
        blocking_threads=settings.API_THREADS,
        backlog=settings.API_BACKLOG,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=settings.API_IDLE_S * 1000, max_buffer_size=settings.API_MAX_HEADER_BYTES
        ),
        websockets=False,
        log_dictconfig=settings.LOGGING,
        respawn_failed_workers=True,
        workers_lifetime=settings.API_WORKER_LIFETIME_S or None,
        workers_max_rss=settings.API_WORKER_MAX_MIB or None,
        workers_kill_timeout=settings.API_STOP_WITHIN_S,
    )
    server.cpus = cpus_to_keep_to(settings.API_PIN_WORKERS, workers=workers)
    return server


def default_workers() -> int:
    """One per core that this process may use, which may be fewer than the machine has."""
    return min(len(os.sched_getaffinity(0)), MAX_DEFAULT_WORKERS)


def drain_on_signals(server: PinningServer) -> None:
    """Let the next signal begin the drain; called before granian makes its workers, which inherit the ignoring."""
    # A worker that is still starting must not die of it.
    signal.signal(SIGNAL, signal.SIG_IGN)

    def drain(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.signal_handler_interrupt)
        for worker in server.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, SIGNAL)
        timer = threading.Timer(settings.API_DRAIN_S, server.signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)


if __name__ == "__main__":
    main()
