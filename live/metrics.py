"""The numbers that Prometheus reads at `/metrics` of a live process: its own, for each of them is asked for itself.

Labels are route templates, methods, statuses and codes of ends: all of a bounded number.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from live.tails import TAILS

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there
_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
_requests = Counter(
    "trivium_requests", "Requests, once their answer begins.", ["route", "method", "status"], registry=_registry
)
_events = Counter("trivium_live_events_sent", "Events handed to connections.", registry=_registry)
_ends = Counter("trivium_live_ends", "Streams that were ended, and why.", ["code"], registry=_registry)
_connections = Gauge("trivium_live_connections", "Streams that are open.", registry=_registry)
_connections.set_function(lambda: len(TAILS.listeners))


def count_request(*, route: str, method: str, status: int) -> None:
    """Count a request whose answer begins."""
    _requests.labels(route, method, str(status)).inc()


def count_events(number: int) -> None:
    """Count events that go out on one connection."""
    _events.inc(number)


def count_end(code: str) -> None:
    """Count a stream that is told its end."""
    _ends.labels(code).inc()


def metrics_page() -> bytes:
    """Return every number in Prometheus' text format."""
    return generate_latest(_registry)
