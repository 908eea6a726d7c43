"""Who a record is: (data set, canonical record, nth occurrence).

Loading twice is loading once, and true repeats stay. Called by `loading` and the targets.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from bson import json_util

from core.errors import TriviumError

CACHE_KIB = 16 * 1024
DIGEST_BYTES = 16
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=json_util.default)


def canonical_bytes(fields: Mapping[str, Any]) -> bytes:
    """Write a record in the one way that depends on nothing but its fields: keys sorted, BSON types by name."""
    return CANONICAL.encode(fields).encode("ascii")


def record_digest(data_set: str, fields: Mapping[str, Any]) -> bytes:
    """Return 16 bytes that stand for (data set, canonical record)."""
    name = data_set.encode()
    digest = hashlib.sha256(len(name).to_bytes(4, "big") + name + canonical_bytes(fields))
    return digest.digest()[:DIGEST_BYTES]


class Occurrences:
    """Counts how often each record came in this run; the counts lie in a temporary file, not in memory."""

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._seen.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID")
        self._seen.execute("BEGIN")

    def count(self, digest: bytes) -> int:
        """Return the how-manieth time this is, from 1.

        Raises: TriviumError when the temporary file cannot grow.
        """
        try:
            row = self._seen.execute(
                "INSERT INTO seen VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times",
                (digest,),
            ).fetchone()
        except sqlite3.Error as error:
            message = f"the temporary file that counts repeats cannot grow ({error}): set TMPDIR to a larger place"
            raise TriviumError(message) from error
        return int(row[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seen.close()
