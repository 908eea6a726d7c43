"""Whole-number ids: djongo's counters in `__schema__`, which follow what pymongo or an explicit id put there.

Counters move outside of transactions, as PostgreSQL's sequences do: no conflicts, and gaps after a rollback.
"""

from collections.abc import Sequence
from typing import Any

from pymongo import DESCENDING, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

SCHEMA_COLLECTION = "__schema__"
Row = dict[str, Any]


def fill_ids(
    database: Database[Row], *, table: str, column: str, rows: Sequence[Row], session: ClientSession | None
) -> None:
    """Give each row without an id the next one; explicit ids move the counter up to themselves."""
    missing = [row for row in rows if row.get(column) is None]
    explicit = max((row[column] for row in rows if isinstance(row.get(column), int)), default=0)
    if missing:
        floor = max(explicit, _highest_id(database, table=table, column=column, session=session))
        first = _take(database, table=table, floor=floor, count=len(missing))
        for number, row in enumerate(missing, start=first):
            row[column] = number


def reset_sequence(database: Database[Row], table: str) -> None:
    """Start the table's ids at 1 again."""
    database[SCHEMA_COLLECTION].update_one({"name": table, "auto": {"$exists": True}}, {"$set": {"auto.seq": 0}})


def _highest_id(database: Database[Row], *, table: str, column: str, session: ClientSession | None) -> int:
    """Look into the table itself (by its index), so that what pymongo inserted is never collided with."""
    kept = {column: {"$type": "number"}}
    last = database[table].find_one(kept, {column: 1}, sort=[(column, DESCENDING)], session=session)
    return 0 if last is None else int(last[column])


def _take(database: Database[Row], *, table: str, floor: int, count: int) -> int:
    sequence = {"$add": [{"$max": [{"$ifNull": ["$auto.seq", 0]}, floor]}, count]}
    entry: Any = database[SCHEMA_COLLECTION].find_one_and_update(
        {"name": table},
        [{"$set": {"auto.seq": {"$toLong": sequence}}}],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return int(entry["auto"]["seq"]) - count + 1
