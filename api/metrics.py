"""The numbers that Prometheus reads at `/metrics`: requests and work in the stores, summed over all worker processes.

Each worker writes its own into files of one folder (prometheus-client's multiprocess mode), which `api.server` makes
before they start; whichever worker is asked adds them up. Labels are route templates, methods, statuses, store aliases
and error codes: all of a bounded number.
"""

import os
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.http import HttpRequest
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.errors import StoreError
from core.timings import StoreTime, listen
from operations.health import connections_in_use
from operations.outbox_lag import outbox_lag
from relational.selectors import jobs_backlog

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus-client when it is imported
REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STORE_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
LOOK_EVERY_S = 5.0

_requests = Counter("trivium_requests", "Answered requests.", ["route", "method", "status"])
_request_seconds = Histogram(
    "trivium_request_seconds", "From a request's arrival to its answer.", ["route", "method"], buckets=REQUEST_BUCKETS_S
)
_store_seconds = Histogram(
    "trivium_store_seconds", "Work in a store, as its caller waits.", ["store", "operation"], buckets=STORE_BUCKETS_S
)
_store_errors = Counter(
    "trivium_store_errors", "Work in a store that ended in an error.", ["store", "operation", "code"]
)
_in_use = Gauge(
    "trivium_store_in_use",
    "PostgreSQL connections held, Cassandra requests in flight.",
    ["store"],
    multiprocess_mode="livesum",
)


@cache
def _counter_of(route: str, method: str, status: int) -> Counter:
    return _requests.labels(route, method, str(status))


# Looking a series up by its labels costs more than counting in it; there is a bounded number of them.
_clock_of = cache(_request_seconds.labels)
_store_clock_of = cache(_store_seconds.labels)


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    _counter_of(route, method, status).inc()
    _clock_of(route, method).observe(seconds)


def count_work(piece: StoreTime) -> None:
    """Count a piece of work in a store."""
    _store_clock_of(piece.store, piece.operation).observe(piece.seconds)
    if piece.code:
        _store_errors.labels(piece.store, piece.operation, piece.code).inc()


def watch_connections() -> None:
    """Look at this process's connections every few seconds, on a thread of its own. Called by a worker's start."""
    threading.Thread(target=_watch, name="metrics", daemon=True).start()


def metrics_page(request: HttpRequest) -> bytes:
    """Return every number, of all worker processes together, in Prometheus' text format."""
    _forget_the_dead()
    return bytes(ExportToDjangoView(request).content) + generate_latest(_looked_up)


class _Outbox(Collector):
    """How far the relays lag behind, looked up when it is asked for: it is in PostgreSQL, not in any process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            lag = outbox_lag()
        except StoreError:
            return  # away: its errors are counted, and Prometheus sees the gap
        yield GaugeMetricFamily("trivium_outbox_pending", "Messages that are to be delivered.", value=lag.pending)
        yield GaugeMetricFamily("trivium_outbox_oldest_age_seconds", "Age of the oldest.", value=lag.oldest_age_s)
        yield GaugeMetricFamily("trivium_outbox_dead", "Messages given up, to be replayed.", value=lag.dead)


class _Jobs(Collector):
    """What workers have to do, looked up as the outbox is."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            backlog = jobs_backlog()
        except StoreError:
            return
        states = GaugeMetricFamily("trivium_jobs", "Jobs that have not ended.", labels=["state"])
        states.add_metric(["queued"], backlog.queued)
        states.add_metric(["running"], backlog.running)
        yield states
        age_s = backlog.oldest_age_s
        yield GaugeMetricFamily("trivium_jobs_oldest_queued_age_seconds", "Since the oldest could run.", value=age_s)
        yield GaugeMetricFamily("trivium_job_workers", "Workers that give a sign of life.", value=backlog.workers)


_looked_up = CollectorRegistry()
_looked_up.register(_Outbox())
_looked_up.register(_Jobs())


def _watch() -> None:
    pause = threading.Event()
    while True:
        for store, number in connections_in_use().items():
            _in_use.labels(store).set(number)
        pause.wait(LOOK_EVERY_S)


def _forget_the_dead() -> None:
    """Leave out the connections of workers that died; what they counted stays counted."""
    if FOLDER not in os.environ:
        return
    for file in Path(os.environ[FOLDER]).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists():
            multiprocess.mark_process_dead(int(pid))  # type: ignore[no-untyped-call]  # the library has no types there


listen(count_work)
