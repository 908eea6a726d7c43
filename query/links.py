"""Links: which field names which thing in another store, as data. A mixed read follows these and nothing else.

`SCHEMA_LINKS` are those that the schemas of the stores make; `settings.TRIVIUM_LINKS` adds those of the data that a
deployment holds. `query.checks` proves both at start; `query.plan` follows them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.errors import InvalidInput
from query.conversions import CONVERSIONS
from query.resources import RESOURCES, Resource

PLACE = re.compile(r"(?P<resource>[a-z]+)(?:\[(?P<part>[^\[\]]{1,120})\])?\.(?P<field>[^\[\]\s$]{1,200})")
DECLARED_KEYS = {"name", "source", "target"}


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a resource, or of one part of it; written `keys[cdnow.customer_id].key`."""

    resource: str
    field: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.resource}[{self.part}].{self.field}" if self.part else f"{self.resource}.{self.field}"


@dataclass(frozen=True, slots=True)
class Link:
    """The values of `source`, converted, name the things whose `target` has that value.

    `shortcut_of` names two links that lead to the same things one after the other, so that they need not be followed.
    """

    name: str
    source: Place
    target: Place
    conversion: str = "same"
    shortcut_of: tuple[str, ...] = ()


SCHEMA_LINKS: tuple[Link, ...] = (
    Link("user_keys", Place("users", "id"), Place("keys", "user")),
    Link("owner", Place("users", "id"), Place("accounts", "owner")),
    Link("account_transactions", Place("accounts", "id"), Place("transactions", "account")),
    Link(
        "owner_transactions",
        Place("users", "id"),
        Place("transactions", "owner"),
        shortcut_of=("owner", "account_transactions"),
    ),
    Link("user_actor", Place("users", "id"), Place("events", "actor"), "user_actor"),
    Link("key_actor", Place("keys", "key"), Place("events", "actor"), "key_actor"),
)


def declared_links() -> tuple[Link, ...]:
    """Return every link there is: the schemas' and the settings'.

    Raises: ImproperlyConfigured for a setting that `query.checks` refuses.
    """
    try:
        return _proved_links(tuple(tuple(entry.items()) for entry in settings_entries()))
    except (InvalidInput, AttributeError, TypeError) as error:
        raise ImproperlyConfigured(f"TRIVIUM_LINKS: run manage.py check ({error})") from error


def settings_entries() -> Sequence[Any]:
    """Return what the settings declare, as it stands there."""
    entries: Sequence[Any] = getattr(settings, "TRIVIUM_LINKS", ())
    return entries


def parse_links(entries: Sequence[Any]) -> tuple[Link, ...]:
    """Read the entries of the settings after the schemas' links.

    Raises: InvalidInput for an entry that is no link (`path` is its place there).
    """
    return (*SCHEMA_LINKS, *(parse_link(entry, path=f"TRIVIUM_LINKS[{n}]") for n, entry in enumerate(entries)))


@lru_cache(maxsize=8)
def _proved_links(entries: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[Link, ...]:
    links = parse_links([dict(entry) for entry in entries])
    for link in links:
        for fault, _ in faults_of(link):
            raise InvalidInput(f"{link.name}: {fault}")
    return links


def parse_link(entry: Any, *, path: str = "") -> Link:
    """Read `{"name": …, "source": "users.id", "target": "accounts.owner", "conversion": "same"}`.

    Raises: InvalidInput for other keys and places that cannot be read.
    """
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        raise InvalidInput("a link is a mapping of texts", path=path)
    if not DECLARED_KEYS <= set(entry) <= DECLARED_KEYS | {"conversion"}:
        raise InvalidInput("a link has name, source, target and, where needed, conversion; nothing else", path=path)
    return Link(
        entry["name"],
        _parse_place(entry["source"], path=f"{path}.source"),
        _parse_place(entry["target"], path=f"{path}.target"),
        entry.get("conversion", "same"),
    )


def _parse_place(text: str, *, path: str) -> Place:
    found = PLACE.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text[:80]!r} is no place: write resource.field or resource[part].field", path=path)
    return Place(found["resource"], found["field"], found["part"] or "")


def faults_of(link: Link) -> Iterable[tuple[str, str]]:
    """Say what is wrong with a link: pairs of what and remedy; none when it can be followed."""
    source, target = RESOURCES.get(link.source.resource), RESOURCES.get(link.target.resource)
    if source is None or target is None:
        yield "it names an unknown resource", f"Resources are {', '.join(RESOURCES)}."
        return
    source_type, target_type = source.field_type(link.source.field), target.field_type(link.target.field)
    if source_type is None:
        yield f"no {link.source.field!r} of {source.name} leads on", f"These do: {', '.join(source.fields)}."
        return
    if target_type is None or not target.is_read_by(link.target.field):
        yield (
            f"{target.name} cannot be read by {link.target.field!r}",
            f"They can by {', '.join(sorted(target.read_by))}.",
        )
        return
    if target.rank <= source.rank and not (source.has_free_fields and target.has_free_fields):
        yield f"{source.name} do not lead to {target.name}", "Declare the link the other way round."
    yield from _part_faults(link.source, source, is_needed=source.has_free_fields, is_taken=bool(source.part))
    is_parted = target.is_read_in_part(link.target.field)
    yield from _part_faults(link.target, target, is_needed=is_parted, is_taken=is_parted)
    conversion = CONVERSIONS.get(link.conversion)
    if conversion is None or not conversion.fits(source_type, target_type):
        yield (
            f"the conversion {link.conversion!r} does not lead from {source_type} to {target_type}",
            f"Conversions are {', '.join(CONVERSIONS)}.",
        )


def _part_faults(place: Place, resource: Resource, *, is_needed: bool, is_taken: bool) -> Iterable[tuple[str, str]]:
    if place.part and not is_taken:
        yield f"{place} names a part where none is taken", f"Write {place.resource}.{place.field}."
    if is_needed and not place.part:
        yield f"{place} names no {resource.part}", f"Write {place.resource}[{resource.part}].{place.field}."
