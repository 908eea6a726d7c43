"""Documents: each record is one document of a collection, its id the source's own or derived from what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput, OutcomeUnknown
from core.ids import derive_id
from core.principals import Principal
from core.times import EPOCH
from documents import services
from imports.layouts import Layout
from imports.mapping import MISSING, FieldMap, find_column
from imports.targets.base import Identity, Stored, Target

ID_FIELD = "_id"
DocumentRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewCollection:
    """How to make a collection that is missing; `indexes` are dotted paths."""

    visibility: str
    indexes: tuple[str, ...]


class Documents(Target[DocumentRow]):
    """Records as documents of the collection that the mapping or the data set names."""

    def __init__(self, fields: FieldMap, *, owner: Principal, new_collection: NewCollection) -> None:
        self._fields = fields
        self._owner = owner
        self._new_collection = new_collection
        self._collection = ""
        self._replaced = 0

    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:
        """See Target."""
        del layout
        self._collection = self._fields.value("collection") or data_set
        if columns is not None:
            self._fields.check_columns(columns)

    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> DocumentRow:
        """See Target."""
        column = self._fields.column("id") or ID_FIELD
        own_id = find_column(fields, column)
        if own_id is MISSING and "id" in self._fields.columns:
            raise InvalidInput(f"the record has no field {column!r}, which is its id", path=column)
        if own_id is MISSING or own_id is None:
            identity = identify()
            own_id = derive_id(EPOCH, identity.digest, str(identity.nth).encode())
        return {**fields, ID_FIELD: own_id}

    def prepare_store(self) -> None:
        """Make the collection when it is missing; one that is there stays as it is."""
        new = self._new_collection
        services.ensure_collection(self._owner, self._collection, visibility=new.visibility, indexes=new.indexes)

    def store_rows(self, rows: Sequence[DocumentRow]) -> Stored:
        """See Target; another content under an id that is there replaces the document and counts as new."""
        results = services.store_documents(self._owner, self._collection, rows)
        counted = dict.fromkeys(("stored", "unchanged", "replaced"), 0)
        refused = []
        for place, result in enumerate(results):
            if result.status == "unknown":
                raise OutcomeUnknown(result.reason, store="documents")
            if result.status == "rejected":
                refused.append((place, f"{result.path}: {result.reason}" if result.path else result.reason))
            else:
                counted[result.status] += 1
        self._replaced += counted["replaced"]
        return Stored(counted["stored"] + counted["replaced"], counted["unchanged"], refused)

    def warnings(self) -> list[str]:
        """See Target."""
        return (
            [f"{self._replaced} documents were there with another content and are replaced"] if self._replaced else []
        )
