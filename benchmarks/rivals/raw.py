"""The raw limit: a WSGI application over psycopg that checks nothing, no caller, no input, no permission.

It takes whose transactions to list and what to insert as it is told. Run by granian with TRIVIUM_POSTGRESQL_URI; with
RAW_ON_ONE_CPU it keeps to one.
"""

import os
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import orjson
from psycopg_pool import ConnectionPool
from uuid_utils import compat

THREADS = 16
COLUMNS = """
SELECT booking.id, booking.book, booking.booked, booking.description, booking.data_set, booking.details,
  booking.posted_by, booking.reverses_id,
  (SELECT later.id FROM relational_transaction AS later WHERE later.reverses_id = booking.id),
  array_agg(entry.account_id ORDER BY entry.id), array_agg(account.number ORDER BY entry.id),
  array_agg(account.currency ORDER BY entry.id), array_agg(entry.amount ORDER BY entry.id)
FROM relational_transaction AS booking
JOIN relational_entry AS entry ON entry.transaction_id = booking.id
JOIN relational_account AS account ON account.id = entry.account_id
"""
ONE = COLUMNS + "WHERE booking.id = %s GROUP BY booking.id"
NEWEST = (
    COLUMNS
    + """
WHERE booking.id IN (
  SELECT DISTINCT newest.transaction_id FROM relational_account AS own CROSS JOIN LATERAL (
    SELECT transaction_id FROM relational_entry WHERE account_id = own.id ORDER BY transaction_id DESC LIMIT 50
  ) AS newest WHERE own.owner_id = %s ORDER BY newest.transaction_id DESC LIMIT 50)
GROUP BY booking.id ORDER BY booking.id DESC
"""
)
INSERT_TRANSACTION = """
INSERT INTO relational_transaction (id, book, booked, description, data_set, details, created)
VALUES (%s, %s, now(), %s, '', '{}', now()) RETURNING booked
"""
INSERT_ENTRIES = """
INSERT INTO relational_entry (id, transaction_id, account_id, amount) VALUES (%s, %s, %s, %s), (%s, %s, %s, %s)
"""

if "RAW_ON_ONE_CPU" in os.environ:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
pool = ConnectionPool(
    os.environ["TRIVIUM_POSTGRESQL_URI"], min_size=1, max_size=THREADS, kwargs={"autocommit": True}, open=True
)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer GET /transactions/ID, GET /transactions?owner=ID and POST /transactions."""
    if environ["REQUEST_METHOD"] == "POST":
        status, answer = "201 Created", create(orjson.loads(environ["wsgi.input"].read()))
    elif environ["QUERY_STRING"]:
        status, answer = "200 OK", newest(parse_qs(environ["QUERY_STRING"])["owner"][0])
    else:
        status, answer = "200 OK", one(environ["PATH_INFO"].rpartition("/")[2])
    body = orjson.dumps(answer, default=plain)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def one(transaction_id: str) -> Any:
    with pool.connection() as connection:
        row = connection.execute(ONE, [transaction_id]).fetchone()
    return None if row is None else laid_out(row)


def newest(owner: str) -> Any:
    with pool.connection() as connection:
        return {"results": [laid_out(row) for row in connection.execute(NEWEST, [owner]).fetchall()]}


def create(wanted: Any) -> Any:
    row_id = compat.uuid7()
    places = [(compat.uuid7(), row_id, entry["account_id"], entry["amount"]) for entry in wanted["entries"]]
    with pool.connection() as connection, connection.transaction():
        row = connection.execute(INSERT_TRANSACTION, [row_id, wanted["book"], wanted["description"]]).fetchone()
        connection.execute(INSERT_ENTRIES, [value for place in places for value in place])
    return {"id": row_id, **wanted, "booked": row and row[0]}


def laid_out(row: tuple[Any, ...]) -> dict[str, Any]:
    row_id, book, booked, description, data_set, details, posted_by, reverses, reversed_by, *columns = row
    return {
        "id": row_id,
        "book": book,
        "booked": booked,
        "description": description,
        "data_set": data_set,
        "details": details,
        "posted_by": posted_by,
        "reverses": reverses,
        "reversed_by": reversed_by,
        "entries": [
            {"account_id": account, "number": number, "currency": currency, "amount": amount}
            for account, number, currency, amount in zip(*columns, strict=True)
        ],
    }


def plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)
