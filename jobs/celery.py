"""Celery on Redis: how whoever queued a job calls all workers, and how a worker hears the call.

The one task says "look for work", to every worker that listens at that moment (a fanout exchange): what is to be done
stands in PostgreSQL alone. A Redis that is lost, emptied or away loses nothing: workers look by themselves, too.
"""

import logging
import os
import threading
import time
import warnings
from typing import Any

from celery import Celery, bootsteps, signals
from celery.platforms import SecurityWarning
from django.conf import settings
from kombu.entity import Exchange, Queue

from core.logs import line_logger
from jobs.worker import Worker

logger = logging.getLogger(__name__)
# Whoever calls waits no longer for Redis, all in all some three times this; a worker that listens has time.
CALL_WAIT_S = 0.3
LISTEN_WAIT_S = 10.0
LEAVE_WITHIN_S = 5.0
LOOK = "jobs.look"
CALLS = Exchange("trivium.jobs", type="fanout", durable=False)  # type: ignore[no-untyped-call]  # kombu has few types

app = Celery("trivium", set_as_current=False)
app.conf.update(
    broker_url=settings.REDIS_URI,  # type: ignore[misc]  # mypy does not see split settings
    broker_connection_timeout=CALL_WAIT_S,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_timeout": CALL_WAIT_S,
        "socket_connect_timeout": CALL_WAIT_S,
        "max_retries": 0,
    },
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_queues=[Queue("trivium.calls", exchange=CALLS, routing_key=LOOK, durable=False)],  # type: ignore[no-untyped-call]  # as above
    task_default_queue="trivium.calls",
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    accept_content=["json"],
)


def call_workers() -> None:
    """Tell all workers to look for work now; that Redis cannot be reached is noted in the log and nothing more."""
    try:
        look.apply_async(exchange=CALLS, routing_key=LOOK, declare=[CALLS], retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - kombu's, redis-py's, OSError: none of them is worth a request
        logger.warning("workers are not called, they look by themselves: %s", error)


@app.task(name=LOOK)  # type: ignore[untyped-decorator]  # Celery has no types
def look() -> None:
    """Let the worker of this process look for work."""
    if Slots.worker is not None:
        Slots.worker.wake()


class Slots(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Our worker as a part of Celery's: it works whether or not Celery's consumer reaches Redis."""

    worker: Worker | None = None
    stop_working = threading.Event()
    thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Start to work, on threads of our own."""
        if self.worker is not None:
            Slots.thread = threading.Thread(target=self.worker.run, args=(self.stop_working,), name="keeper")
            Slots.thread.start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Wait until the jobs in hand have been put back."""
        self.stop_working.set()
        wait_for_slots()

    terminate = stop


app.steps["worker"].add(Slots)


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _stop_working(**_told: Any) -> None:
    """Ask the jobs in hand to end at once, and end with them: Celery would wait for a Redis that is silent."""
    Slots.stop_working.set()
    threading.Thread(target=_end, name="end", daemon=True).start()


def wait_for_slots() -> None:
    """Wait until no job is in hand."""
    if Slots.thread is not None:
        Slots.thread.join()


def _end() -> None:
    wait_for_slots()
    time.sleep(LEAVE_WITHIN_S)
    logger.warning("Redis does not answer: this worker ends without signing off there")
    _tell("worker ended")
    os._exit(0)


def _tell(event: str, **more: Any) -> None:
    lines = line_logger(settings.LOG_FORMAT)  # type: ignore[misc]  # mypy does not see split settings
    lines.info(event, worker=Slots.worker.name if Slots.worker else "", pid=os.getpid(), **more)


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def _keep_logging(**_told: Any) -> None:
    """Leave logging as the settings have it."""


def serve(worker: Worker) -> int:
    """Run a worker within Celery's until SIGTERM; return the exit status."""
    Slots.worker = worker
    _tell("worker started", kinds=sorted(worker.kinds))
    app.conf.broker_connection_timeout = LISTEN_WAIT_S
    app.conf.broker_transport_options = {"socket_connect_timeout": LISTEN_WAIT_S, "socket_keepalive": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # that root should not unpickle: only JSON is read
        program = app.Worker(
            hostname=f"worker@{worker.name}",
            pool="solo",
            quiet=True,
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
            task_events=False,
        )
    program.start()
    _tell("worker ended")
    return int(program.exitcode or 0)
