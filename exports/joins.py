"""Attributes from PostgreSQL and MongoDB beside events: a column each, looked up page by page. Called by `reading`.

`users.email` is of the user that an event's actor names, `user:<uuid>` or by a key. `documents.shops.name@_id=actor` is
of the document whose field `_id` has the key in `actor`; `@number=payload.shop` by a field of the payload. What the
principal may not see, and what is not there, is null.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from core.errors import InvalidInput
from core.principals import Principal
from documents import selectors as documents
from documents.values import values_at
from formats import Column, PageValues, computed_column
from relational import selectors as relational
from timeseries.paths import parse_field
from timeseries.paths import values_at as payload_values

USER_ATTRIBUTES = ("id", "username", "first_name", "last_name", "email", "role")
DOCUMENT = re.compile(r"documents\.([^.@=]{1,120})\.([^@=]{1,200})@([^@=]{1,200})=(actor|payload\.[^@=]{1,190})")
OWN = "user"
MAX_KNOWN = 100_000
LookUp = Callable[[Sequence[str]], dict[str, Any]]


def join_columns(principal: Principal, joins: Iterable[str]) -> tuple[Column, ...]:
    """Return a column for each join. Raises: InvalidInput for one that cannot be."""
    return tuple(_column(principal, text) for text in joins)


def _column(principal: Principal, text: str) -> Column:
    if text.removeprefix("users.") in USER_ATTRIBUTES and text.startswith("users."):
        known = _Known(lambda actors: _users(principal, actors, text.removeprefix("users.")))
        return computed_column(text, "text", lambda page: known.values(page.column("actor")), needs=("actor",))
    found = DOCUMENT.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"{text[:80]!r} is no join: write users.{{{','.join(USER_ATTRIBUTES)}}} or "
            "documents.<collection>.<field>@<field>=actor (or payload.<path>)",
            path="joins",
        )
    collection, shown, matched, by = found.groups()
    known = _Known(lambda values: _documents(principal, (collection, shown, matched), values))
    need = "actor" if by == "actor" else "payload"
    return computed_column(text.partition("@")[0], "text", lambda page: known.values(_keys(page, by)), needs=(need,))


@dataclass(slots=True)
class _Known:
    """What has been looked up, so that what comes again is not asked again; forgotten when there is much of it."""

    look_up: LookUp
    found: dict[str, Any] = field(default_factory=dict)

    def values(self, keys: Sequence[str | None]) -> list[str | None]:
        """Return what is known of each key, after one look for all that are new."""
        if len(self.found) > MAX_KNOWN:
            self.found.clear()
        new = list(dict.fromkeys(key for key in keys if key and key not in self.found))
        if new:
            self.found.update(dict.fromkeys(new) | self.look_up(new))
        return [self.found.get(key) if key else None for key in keys]


def _users(principal: Principal, actors: Sequence[str], attribute: str) -> dict[str, Any]:
    """Return the attribute of the users that actors name: a wave for keys, a wave for users."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for actor in actors:
        source, _, key = actor.partition(":")
        by_source[source].append(key)
    ids = {f"{OWN}:{key}": UUID(key) for key in by_source.pop(OWN, ())}
    for source, keys in by_source.items():
        ids |= {f"{source}:{key}": user_id for key, user_id in relational.users_of_keys(source, keys).items()}
    users = relational.users_by_id(principal, list(set(ids.values())))
    return {actor: str(getattr(users[user_id], attribute)) for actor, user_id in ids.items() if user_id in users}


def _documents(principal: Principal, join: tuple[str, str, str], values: Sequence[str]) -> dict[str, Any]:
    collection, shown, matched = join
    found = documents.documents_by_values(principal, collection, matched, values, limit_per_value=1)
    return {value: _text(list(values_at(rows[0], shown))) for value, rows in found.items() if rows}


def _keys(page: PageValues, by: str) -> list[str | None]:
    if by == "actor":
        return [actor.partition(":")[2] or None for actor in page.column("actor")]
    steps = parse_field(by).steps
    found = (payload_values(payload, steps) for payload in page.payloads)
    return [_text(values) for values in found]


def _text(values: Sequence[Any]) -> str | None:
    if not values:
        return None
    return values[0] if isinstance(values[0], str) else orjson.dumps(values[0], default=str).decode()
