"""By which values things in other stores name a principal: what the links of users and of their keys lead to.

Called by `api/` where it reads one store alone: documents of linked collections and events that let actors read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from core.principals import Principal
from query.conversions import CONVERSIONS
from query.links import Link, declared_links
from query.resources import KEYS, ROOT
from relational.selectors import keys_of_users


def own_values(principal: Principal, resource: str, part: str = "") -> Mapping[str, frozenset[Any]]:
    """Return field -> the principal's own values there, for a resource or one part of it (a collection).

    What names a team of the principal's names the principal, as what names the user does.

    Nothing for a principal that sees everything: it needs no names. Raises: StoreError of PostgreSQL.
    """
    leading = [link for link in declared_links() if _leads_to(link, resource, part)]
    if principal.sees_everything or not leading:
        return {}
    values: dict[str, set[Any]] = defaultdict(set)
    keys = [(key.source, key.key) for key in keys_of_users([principal.user_id])[principal.user_id]]
    for link in leading:
        values[link.target.field].update(_converted(link, principal, keys))
    return {field: frozenset(own) for field, own in values.items()}


def _leads_to(link: Link, resource: str, part: str) -> bool:
    return link.source.resource in (ROOT, KEYS) and (link.target.resource, link.target.part) == (resource, part)


def _converted(link: Link, principal: Principal, keys: list[tuple[str, str]]) -> Iterator[Any]:
    named = [("", owner) for owner in principal.owner_ids] if link.source.resource == ROOT else keys
    for part, value in named:
        if link.source.part in ("", part):
            try:
                yield CONVERSIONS[link.conversion].convert(value, part)
            except ValueError:
                continue
