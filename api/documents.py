"""Documents of a collection: the list, narrowed by their own fields, and one by id."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import Parameter
from api.serializers import page_of
from api.views import ApiView, PagedView
from core.errors import InvalidInput
from documents import selectors
from documents.checks import check_path
from documents.conditions import OPERATORS, read_condition
from documents.rows import Condition, Document
from query.belonging import own_values

EQUAL = "eq"


def read_where(text: str, name: str) -> Condition:
    """Read `where.PATH=VALUE` or `where.PATH:OPERATOR=VALUE`; `name` is what stands before the equals sign.

    What follows the last colon is an operator: a path with a colon in it is written with one, `where.a:b:eq=1`.

    Raises: InvalidInput.
    """
    path, colon, operator = name.removeprefix("where.").rpartition(":")
    if not colon:
        path, operator = operator, EQUAL
    if operator not in OPERATORS:
        raise InvalidInput(f"no operator {operator[:40]!r}: there are {', '.join(OPERATORS)}", path=name)
    try:
        return read_condition(check_path(path), operator, text)
    except InvalidInput as error:
        raise type(error)(error.message, path=name) from error


WHERE = Parameter(
    "where",
    "Only documents with this value at a dotted path: where.address.city=Bern. "
    f"Other comparisons: where.age:gte=18, with {', '.join(OPERATORS)}.",
    read_where,
    {"type": "object", "additionalProperties": {"type": "string"}},
    is_family=True,
)


class DocumentSerializer(serializers.Serializer[Any]):
    """A document: its envelope, and in `fields` the user's own."""

    id = serializers.CharField()
    collection = serializers.CharField()
    owner_id = serializers.UUIDField()
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()
    fields = serializers.DictField()  # type: ignore[assignment]  # the metaclass takes fields out of the class


def render_document(document: Document, collection: str) -> dict[str, Any]:
    """Lay out a document."""
    return {
        "id": document.id,
        "collection": collection,
        "owner_id": document.owner,
        "version": document.version,
        "created": document.created,
        "updated": document.updated,
        "fields": document.fields,
    }


class DocumentsView(PagedView):
    """The list of documents."""

    scope = "documents"
    parameters = (*PagedView.parameters, WHERE)

    @extend_schema(
        responses=page_of(DocumentSerializer, "DocumentPage"),
        tags=["documents"],
        operation_id="list_documents",
    )
    def get(self, request: Request, collection: str) -> Response:  # noqa: ARG002 - DRF's signature
        """List the documents of a collection that the caller may read, by id."""
        (after,) = self.position() or [""]
        documents = selectors.documents_page(
            self.principal,
            collection,
            limit=self.limit + 1,
            after=after,
            conditions=self.query["where"],
            linked_to=own_values(self.principal, "documents", collection),
            timeout_s=settings.QUERY_DEADLINE_S,  # type: ignore[misc]  # mypy does not see split settings
        )
        return self.render_page(
            documents,
            lambda document: [document.id],
            render=lambda document: render_document(document, collection),
        )


class DocumentView(ApiView):
    """One document."""

    scope = "documents"

    @extend_schema(responses=DocumentSerializer, tags=["documents"], operation_id="read_document")
    def get(self, request: Request, collection: str, document_id: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one document by its id."""
        document = selectors.document_by_id(
            self.principal,
            collection,
            document_id,
            linked_to=own_values(self.principal, "documents", collection),
            timeout_s=settings.QUERY_DEADLINE_S,  # type: ignore[misc]  # mypy does not see split settings
        )
        return Response(render_document(document, collection))
