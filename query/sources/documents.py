"""MongoDB as a source: documents of a collection by the values of a field."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from core.deadlines import Deadline
from documents.ids import parse_id
from documents.rows import Document
from documents.selectors import MAX_VALUES, documents_by_values
from documents.values import values_at
from query.sources.base import Found, Item, Request


class DocumentsSource:
    """Documents that the collection's visibility lets the principal read; `linked` asks for a value that is its own."""

    def session(self, deadline: Deadline) -> AbstractContextManager[None]:
        """Hold nothing: the driver's client is the process's."""
        del deadline
        return nullcontext()

    def read(self, request: Request) -> Found:
        """Answer a read of documents. Raises: NotFound for a collection that the principal may not know; StoreError."""
        for position in range(0, len(request.values), MAX_VALUES):
            found = documents_by_values(
                request.principal,
                request.place.part,
                request.place.field,
                request.values[position : position + MAX_VALUES],
                limit_per_value=request.limit,
                linked_to={request.place.field: request.own},
                timeout_s=request.deadline.remaining_s(),
            )
            for value, documents in found.items():
                for document in documents:
                    yield value, Item("documents", request.place.part, (request.place.part, document.id), document)

    def values_of(self, item: Item, field: str) -> Iterable[Any]:
        """Yield the values at a dotted path."""
        return values_at(item.row, field)

    def order(self, item: Item, sort: str) -> Any:
        """Order by collection, then as MongoDB orders ids: numbers, texts, UUIDs, ObjectIds."""
        del sort  # there is one
        return (item.part, *_id_order(item.row))


def _id_order(document: Document) -> tuple[int, int, str]:
    stored = parse_id(document.id)
    if isinstance(stored, int):
        return (0, stored, "")
    return (1 if isinstance(stored, str) else 2 if isinstance(stored, UUID) else 3, 0, document.id)
