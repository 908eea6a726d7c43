"""What users are called in other sources: writes, each in one database transaction."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connections, transaction

from core.errors import InvalidInput
from core.ids import new_id
from relational.translation import STORE, translated_errors

USER_SOURCE = "user"
SOURCE_END = ":"

INSERT_KEYS = """
INSERT INTO relational_userkey (id, user_id, source, key)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
ON CONFLICT (user_id, source, key) DO NOTHING RETURNING id
"""


def check_key(source: str, key: str) -> None:
    """Check what a user is called elsewhere.

    Raises: InvalidInput whose `path` is `source` or `key`: empty, over-long or with a NUL; or a source that would make
    the actor `<source>:<key>` somebody else's, as the source `user` makes a user and a colon another source's key.
    """
    for name, text, most in (("source", source, 100), ("key", key, 200)):
        if not text:
            raise InvalidInput(f"{name} is empty", path=name)
        if len(text) > most:
            raise InvalidInput(f"{name} has {len(text)} characters: at most {most}", path=name)
        if "\0" in text:
            raise InvalidInput(f"{name} has a NUL character", path=name)
    if source == USER_SOURCE or SOURCE_END in source:
        refused = f"{source[:40]!r} is no source of keys: not 'user', which are Trivium's own, and without a colon"
        raise InvalidInput(refused, path="source")


def add_keys(rows: Iterable[tuple[UUID, str, str]]) -> int:
    """Tie users to their keys in other sources, (user id, source, key); return how many were new.

    Raises: InvalidInput for a source or key that `check_key` refuses, Conflict when a user does not exist.
    """
    keys = sorted(set(rows))  # in one order, so that two loads wait for each other instead of locking each other out
    for _, source, key in keys:
        check_key(source, key)
    user_ids, sources, texts = ([row[place] for row in keys] for place in range(3))
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(INSERT_KEYS, [[new_id() for _ in keys], user_ids, sources, texts])
        return len(cursor.fetchall())
