"""The meaning of a mixed read, said once more in plain loops over plain tables: no plan, no batches, no stores."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from query.language import Expansion
from query.links import Link
from tests.spec.world import COLLECTIONS, ROLES, STREAMS, Thing, things

CONVERSIONS: dict[str, Callable[[Any, str], Any]] = {
    "same": lambda value, _: value,
    "text": lambda value, _: value if isinstance(value, str) else None,
    "text_to_int": lambda value, _: int(value) if re.fullmatch("-?[0-9]+", value) else None,
    "text_to_object_id": lambda value, _: f"oid:{value}",
    "user_actor": lambda value, _: f"user:{value}",
    "key_actor": lambda value, part: f"{part}:{value}",
}


def expand(
    asker: str, user: str, expansions: Iterable[Expansion], links: Iterable[Link]
) -> dict[str, tuple[list[str], bool]]:
    """Return for each expansion the labels in order, and whether the limit cut some off."""
    asked = list(expansions)
    reached = _reach(asker, user, {expansion.resource for expansion in asked}, list(links))
    return {expansion.resource: _present(expansion, reached) for expansion in asked}


def _reach(asker: str, user: str, wanted: set[str], links: list[Link]) -> list[Thing]:
    """Follow links from the user: first to keys, then to documents and events, documents by documents, accounts, transactions."""
    reached = [thing for thing in things() if thing.resource == "users" and thing.label == user]
    for resource, sources in (
        ("keys", {"users"}),
        ("documents", {"users", "keys"}),
        ("documents", {"documents"}),
        ("events", {"users", "keys"}),
        ("accounts", {"users", "keys", "documents"}),
        ("transactions", {"users", "keys", "documents", "accounts"}),
    ):
        if resource in {"documents", "events"} - wanted:
            continue
        found = [
            target
            for link in links
            if link.target.resource == resource and link.source.resource in sources
            for source in reached
            for target in things()
            if _names(link, source, target)
            and _sees(asker, user, target, by_identity=source.resource in ("users", "keys"))
        ]
        reached += [thing for number, thing in enumerate(found) if thing not in found[:number] and thing not in reached]
    return reached


def _names(link: Link, source: Thing, target: Thing) -> bool:
    if source.resource != link.source.resource or target.resource != link.target.resource:
        return False
    if link.source.part not in ("", source.part) or link.target.part not in ("", target.part):
        return False
    named = [CONVERSIONS[link.conversion](value, source.part) for value in _values(source.fields, link.source.field)]
    return any(_same(one, other) for one in named for other in _values(target.fields, link.target.field))


def _same(one: Any, other: Any) -> bool:
    return one is not None and type(one) is type(other) and one == other


def _values(value: Any, path: str) -> list[Any]:
    """List what stands at a dotted path, each element of a list."""
    if isinstance(value, list):
        return [found for element in value for found in _values(element, path)]
    if not path:
        return [value]
    name, _, rest = path.partition(".")
    return _values(value[name], rest) if isinstance(value, dict) and name in value else []


def _sees(asker: str, user: str, thing: Thing, *, by_identity: bool) -> bool:
    if ROLES[asker] == "analyst" or thing.resource in ("keys", "transactions"):
        return True
    if thing.resource == "accounts":
        return thing.owner == asker
    if thing.owner == asker:
        return True
    if thing.resource == "documents":
        visibility = COLLECTIONS[thing.part]
        return visibility == "public" or (visibility == "linked" and by_identity and asker == user)
    readers, actors_may_read = STREAMS[thing.part]
    return asker in readers or (actors_may_read and by_identity and asker == user)


def _present(expansion: Expansion, reached: list[Thing]) -> tuple[list[str], bool]:
    mine = [thing for thing in reached if thing.resource == expansion.resource]
    if expansion.resource in ("transactions", "events"):
        ordered = sorted(mine, key=lambda thing: int(thing.label), reverse=expansion.sort.startswith("-"))
    else:
        ordered = sorted(mine, key=lambda thing: (thing.part, str(thing.fields.get("_id", thing.label))))
    labels = [thing.label for thing in ordered]
    return labels[: expansion.limit], len(labels) > expansion.limit
