"""The servers of the claim `api`: how each is started, asked for the same work, and read."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from benchmarks.driving import http_request
from benchmarks.ledger import BOOK, Person
from benchmarks.processes import HOST

GET, LIST, CREATE = "transactions get", "transactions list 50", "transactions create"
CREATE_ONCE = "transactions create, with a key"
WRITES = (CREATE, CREATE_ONCE)
THREADS = 16
Booking = tuple[UUID, tuple[tuple[UUID, Decimal], ...]]
"""A transaction's id and its entries' accounts and amounts, sorted."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in every work: who, which transaction, and between which accounts how much is moved."""

    person: Person
    transaction_id: UUID
    source: UUID
    target: UUID
    amount: Decimal

    @property
    def entries(self) -> list[dict[str, str]]:
        """The lines of the transaction to be created."""
        return [
            {"account_id": str(self.source), "amount": str(-self.amount)},
            {"account_id": str(self.target), "amount": str(self.amount)},
        ]


@dataclass(frozen=True, eq=False)
class Contestant:
    """A server: its command for a port, its requests by work, and how its answers are read."""

    name: str
    command: Callable[[int], Sequence[str]]
    requests: Mapping[str, Callable[[Question], bytes]]
    read: Callable[[Any], Iterable[Booking]]
    environment: Mapping[str, str] = field(default_factory=dict)


def granian(target: str) -> Callable[[int], Sequence[str]]:
    """Return the command that serves a WSGI application as `api.server` serves ours, with one worker."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--workers", "1", "--no-ws"]
    return lambda port: [*command, "--blocking-threads", str(THREADS), "--port", str(port), target]


def read_bookings(answer: Any) -> Iterable[Booking]:
    """Read one transaction or a page of them, as ours, the raw server and plain DRF show them."""
    for row in answer.get("results", [answer]):
        entries = [
            (UUID(entry.get("account_id") or entry["account"]), Decimal(entry["amount"])) for entry in row["entries"]
        ]
        yield UUID(row["id"]), tuple(sorted(entries))


def _bearer(question: Question) -> dict[str, str]:
    return {"Authorization": f"Bearer {question.person.token}", "X-Forwarded-Proto": "https"}


def _transfer(question: Question, **more: Any) -> bytes:
    return json.dumps({"description": "a transfer", "entries": question.entries, **more}).encode()


def _post(question: Question, headers: Mapping[str, str] | None = None) -> bytes:
    headers = {**_bearer(question), **(headers or {})}
    return http_request("POST", "/api/v1/transactions", body=_transfer(question), headers=headers)


def _post_raw(question: Question) -> bytes:
    return http_request("POST", "/transactions", body=_transfer(question, book=BOOK))


def _drf_body(question: Question) -> bytes:
    entries = [{"account": entry["account_id"], "amount": entry["amount"]} for entry in question.entries]
    booked = datetime.now(UTC).isoformat()
    return json.dumps({"book": BOOK, "booked": booked, "description": "a transfer", "entries": entries}).encode()


OURS = Contestant(
    "Trivium",
    lambda _: [sys.executable, "-m", "api.server"],
    {
        GET: lambda asked: http_request("GET", f"/api/v1/transactions/{asked.transaction_id}", headers=_bearer(asked)),
        LIST: lambda asked: http_request("GET", "/api/v1/transactions", headers=_bearer(asked)),
        CREATE: _post,
        CREATE_ONCE: lambda asked: _post(asked, {"Idempotency-Key": uuid4().hex}),
    },
    read_bookings,
    {"TRIVIUM_API_WORKERS": "1", "TRIVIUM_API_PIN_WORKERS": "yes", "TRIVIUM_API_THREADS": str(THREADS)},
)
RAW = Contestant(
    "raw psycopg",
    granian("benchmarks.rivals.raw:application"),
    {
        GET: lambda asked: http_request("GET", f"/transactions/{asked.transaction_id}"),
        LIST: lambda asked: http_request("GET", f"/transactions?owner={asked.person.id}"),
        CREATE: _post_raw,
        CREATE_ONCE: _post_raw,
    },
    read_bookings,
)
RAW_ON_ONE_CPU = replace(RAW, name="raw psycopg on one CPU", environment={"RAW_ON_ONE_CPU": "yes"})
PLAIN_DRF = Contestant(
    "plain DRF",
    granian("benchmarks.rivals.plain_drf:application"),
    {
        GET: lambda asked: http_request("GET", f"/transactions/{asked.transaction_id}/", headers=_bearer(asked)),
        LIST: lambda asked: http_request("GET", "/transactions/", headers=_bearer(asked)),
        CREATE: lambda asked: http_request("POST", "/transactions/", body=_drf_body(asked), headers=_bearer(asked)),
    },
    read_bookings,
)
