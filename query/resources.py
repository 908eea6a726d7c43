"""What a mixed read knows of the stores: resources, their fields, and by which field each can be read in one batch.

Data only; read by `query.links` (what a link may name), `query.language` (what may be asked for) and `query.plan`.
A new resource is an entry here and an adapter in `query.sources`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ANY_TYPE = "any"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of thing in one store.

    `rank` orders what may lead to what: a link goes from a lower rank to a higher one, or stays within documents.
    `fields` are the fields whose values may lead elsewhere, with their types; `has_free_fields` adds any dotted path,
    of type `any`. `read_by` are the fields by whose values the resource is read; of these `read_in_part` need the part
    named. `part` says what a part is (a source of keys, a book, a collection), empty where there are none. `sorts` are
    the orders it can be given in, the first unless asked otherwise; without one it cannot be expanded.
    """

    name: str
    store: str
    rank: int
    fields: Mapping[str, str]
    read_by: frozenset[str] = frozenset()
    read_in_part: frozenset[str] = frozenset()
    part: str = ""
    has_free_fields: bool = False
    sorts: tuple[str, ...] = ()

    def field_type(self, name: str) -> str | None:
        """Name the type of a field, None when there is no such field."""
        return self.fields.get(name, ANY_TYPE if self.has_free_fields else None)

    def is_read_by(self, name: str) -> bool:
        """Tell whether the resource can be read by the values of this field."""
        return name in self.read_by or self.has_free_fields

    def is_read_in_part(self, name: str) -> bool:
        """Tell whether reading by this field needs the part named."""
        return name in self.read_in_part or self.has_free_fields


ROOT = "users"
KEYS = "keys"

RESOURCES: Mapping[str, Resource] = MappingProxyType(
    {
        resource.name: resource
        for resource in (
            Resource(ROOT, "default", rank=0, fields={"id": "uuid"}, read_by=frozenset({"id"})),
            Resource(
                KEYS,
                "default",
                rank=1,
                fields={"key": "text", "user": "uuid"},
                read_by=frozenset({"user"}),
                part="source",
            ),
            Resource(
                "documents",
                "documents",
                rank=2,
                fields={},
                part="collection",
                has_free_fields=True,
                sorts=("collection",),
            ),
            Resource(
                "events",
                "timeseries",
                rank=2,
                fields={"actor": "text"},
                read_by=frozenset({"actor"}),
                sorts=("-time", "time"),
            ),
            Resource(
                "accounts",
                "default",
                rank=3,
                fields={"id": "uuid", "owner": "uuid", "number": "text"},
                read_by=frozenset({"owner", "number"}),
                read_in_part=frozenset({"number"}),
                part="book",
                sorts=("number",),
            ),
            Resource(
                "transactions",
                "default",
                rank=4,
                fields={"owner": "uuid", "account": "uuid"},
                read_by=frozenset({"owner", "account"}),
                sorts=("-booked",),
            ),
        )
    },
)
EXPANDABLE = tuple(name for name, resource in RESOURCES.items() if resource.sorts)
