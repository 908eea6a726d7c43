"""PostGraphile as a contestant of the claim `api`: installed by npm beside the results, asked in GraphQL.

It serves the same tables with its own defaults, without tokens or permissions. Called by `api`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.contestants import CREATE, GET, LIST, Booking, Contestant, Question
from benchmarks.driving import http_request
from benchmarks.ledger import BOOK
from benchmarks.processes import HOST, ROOT
from benchmarks.stores import postgresql_uri
from core.ids import new_id

NAME = "PostGraphile 4.14"
HOME = ROOT / "benchmarks" / "rivals" / "postgraphile"
CACHE = ROOT / "benchmarks" / ".cache" / "postgraphile"
INSTALL_TIMEOUT_S = 300.0
FIELDS = """id book booked description dataSet details postedBy reversesId
  relationalEntriesByTransactionId(orderBy: ID_ASC) {
    nodes { accountId amount relationalAccountByAccountId { number currency } } }"""
ONE = f"query ($id: UUID!) {{ relationalTransactionById(id: $id) {{ {FIELDS} }} }}"
NEWEST = f"query ($owner: UUID!) {{ newestTransactions(owner: $owner) {{ nodes {{ {FIELDS} }} }} }}"
# Mutations of one request share a transaction; the last one answers with the whole.
INSERT = f"""mutation (
  $booking: RelationalTransactionInput!, $one: RelationalEntryInput!, $two: RelationalEntryInput!
) {{
  booking: createRelationalTransaction(input: {{relationalTransaction: $booking}}) {{ clientMutationId }}
  one: createRelationalEntry(input: {{relationalEntry: $one}}) {{ clientMutationId }}
  two: createRelationalEntry(input: {{relationalEntry: $two}}) {{
    relationalEntry {{ relationalTransactionByTransactionId {{ {FIELDS} }} }} }} }}"""


class NotInstalled(Exception):
    """PostGraphile cannot be had here; the message says why."""


def install() -> Contestant:
    """Install what the lock names, make its function in the database, and describe how it is run.

    Raises: NotInstalled.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NotInstalled("npm and node are not here")
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HOME / name, CACHE / name)
    _run_npm([npm, "ci", "--omit=dev", "--no-audit", "--no-fund"])
    with psycopg.connect(postgresql_uri(), autocommit=True) as connection:
        connection.execute((HOME / "functions.sql").read_bytes())
    program = str(CACHE / "node_modules" / "postgraphile" / "cli.js")
    options = [
        "--schema",
        "public",
        "--host",
        HOST,
        "--disable-graphiql",
        "--disable-query-log",
        "--no-setof-functions-contain-nulls",
    ]
    return Contestant(
        NAME,
        lambda port: [node, program, "--connection", postgresql_uri(), *options, "--port", str(port)],
        {GET: _one, LIST: _newest, CREATE: _insert},
        read_answer,
        {"NODE_ENV": "production"},
    )


def read_answer(answer: Any) -> Iterable[Booking]:
    """Read the transactions of an answer. Raises: ValueError when it is an error."""
    if answer.get("errors"):
        raise ValueError(f"{NAME}: {answer['errors'][0]['message']}")
    for row in _rows(answer["data"]):
        nodes = row["relationalEntriesByTransactionId"]["nodes"]
        yield UUID(row["id"]), tuple(sorted((UUID(node["accountId"]), Decimal(node["amount"])) for node in nodes))


def _rows(found: Any) -> list[Any]:
    if "newestTransactions" in found:
        return list(found["newestTransactions"]["nodes"])
    if "two" in found:
        return [found["two"]["relationalEntry"]["relationalTransactionByTransactionId"]]
    return [found["relationalTransactionById"]]


def _run_npm(command: list[str]) -> None:
    try:
        subprocess.run(command, cwd=CACHE, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise NotInstalled(f"npm ci failed: {said[-1] if said else error}") from error


def _ask(query: str, **variables: Any) -> bytes:
    return http_request("POST", "/graphql", body=json.dumps({"query": query, "variables": variables}).encode())


def _one(asked: Question) -> bytes:
    return _ask(ONE, id=str(asked.transaction_id))


def _newest(asked: Question) -> bytes:
    return _ask(NEWEST, owner=str(asked.person.id))


def _insert(asked: Question) -> bytes:
    row_id, now = str(new_id()), datetime.now(UTC).isoformat()
    booking = {
        "id": row_id,
        "book": BOOK,
        "booked": now,
        "description": "a transfer",
        "dataSet": "",
        "details": "{}",
        "created": now,
    }
    one, two = (
        {"id": str(new_id()), "transactionId": row_id, "accountId": entry["account_id"], "amount": entry["amount"]}
        for entry in asked.entries
    )
    return _ask(INSERT, booking=booking, one=one, two=two)
