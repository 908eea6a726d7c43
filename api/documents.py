"""Documents of a collection: the list, narrowed by their own fields, storing one; one by id, written in every way."""

import re
from typing import Any
from urllib.parse import quote

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import Parameter
from api.parsers import MergePatchParser, StrictJSONParser
from api.preconditions import BY_TAG, IF_MATCH, IF_NONE_MATCH, entity_tag, read_precondition
from api.serializers import StrictCharField, StrictObjectField, StrictSerializer, page_of, read_body
from api.views import ApiView, PagedView
from core.errors import InvalidInput
from documents import selectors, services
from documents.checks import KEY_PATTERN, MAX_DEPTH, META_FIELD, check_path
from documents.conditions import OPERATORS, match_conditions, read_condition
from documents.failures import MAX_DOCUMENT_BYTES
from documents.ids import ID_FIELD, MAX_ID_BYTES
from documents.rows import Condition, Document
from query.belonging import own_values

EQUAL = "eq"
ADDRESSABLE_PATTERN = r"(?!\.{1,2}$)[^/]+"
ADDRESSABLE = re.compile(ADDRESSABLE_PATTERN)
PATCH_TYPES = (MergePatchParser, StrictJSONParser)


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
        condition = read_condition(check_path(path), operator, text)
        match_conditions([condition])
    except InvalidInput as error:
        raise type(error)(error.message, path=name) from error
    return condition


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


class FieldsSerializer(StrictSerializer):
    """A document's own fields, in the shape of answers."""

    fields = StrictObjectField(  # type: ignore[assignment]  # as above
        described={"propertyNames": {"pattern": f"^{KEY_PATTERN}$", "not": {"enum": [ID_FIELD, META_FIELD]}}},
        help_text=f"{MAX_DEPTH} levels and {MAX_DOCUMENT_BYTES} bytes at most; no key in them is empty, begins with $ "
        "or holds a dot.",
    )


class DocumentBodySerializer(FieldsSerializer):
    """A document to be stored: its own fields, and an id unless it shall have a new one."""

    id = StrictCharField(
        required=False,
        described={"pattern": f"^{ADDRESSABLE_PATTERN}$", "maxLength": MAX_ID_BYTES},
        help_text=f"{MAX_ID_BYTES} bytes at most.",
    )


class DocumentPatchSerializer(FieldsSerializer):
    """A merge patch (RFC 7396) of a document: of its own fields, null removes one, the rest is put in its place."""


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


def answer_document(document: Document, collection: str, *, address: str = "") -> Response:
    """Answer a document with its entity tag; with 201 and Location where it is new at an address."""
    headers = entity_tag(document.tag)
    if address:
        headers["Location"] = quote(address)
    return Response(render_document(document, collection), status=201 if address else 200, headers=headers)


class DocumentsView(PagedView):
    """The list of documents."""

    scope = "documents"
    shape = DocumentSerializer
    orders = ("id",)
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

    @extend_schema(
        request=DocumentBodySerializer,
        responses={201: DocumentSerializer},
        tags=["documents"],
        operation_id="create_document",
    )
    def post(self, request: Request, collection: str) -> Response:
        """Store a new document, under an id of its own or a new one."""
        body = read_body(request, DocumentBodySerializer())
        own_id = body.get("id")
        if own_id is not None and not ADDRESSABLE.fullmatch(own_id):
            raise InvalidInput("an id that stands in an address holds no / and is not . or ..", path="id")
        document = services.create_document(self.principal, collection, body["fields"], id_text=own_id)
        return answer_document(document, collection, address=f"{request.path}/{document.id}")


class DocumentView(ApiView):
    """One document."""

    scope = "documents"
    shape = DocumentSerializer
    preconditions = BY_TAG

    def get_parsers(self) -> list[BaseParser]:
        """Read merge patches where there is something to patch."""
        is_patch = getattr(self.request, "method", None) == "PATCH"
        return [parser() for parser in (PATCH_TYPES if is_patch else (StrictJSONParser,))]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the patches that are known to who sent another (RFC 5789, 2.2)."""
        if response.status_code == 415 and request.method == "PATCH":
            response.headers["Accept-Patch"] = ", ".join(parser.media_type for parser in PATCH_TYPES)
        return super().finalize_response(request, response, *args, **kwargs)

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
        return answer_document(document, collection)

    @extend_schema(
        request=DocumentBodySerializer,
        responses={200: DocumentSerializer, 201: DocumentSerializer},
        tags=["documents"],
        operation_id="replace_document",
        parameters=[IF_MATCH, IF_NONE_MATCH],
    )
    def put(self, request: Request, collection: str, document_id: str) -> Response:
        """Store a document whole: in place of what is there, with If-Match of that state only, or anew (201)."""
        body = read_body(request, DocumentBodySerializer())
        if "id" in body and body["id"] != document_id:
            raise InvalidInput("the id is not that of the address: leave it out", path="id")
        written = services.replace_document(
            self.principal,
            collection,
            document_id,
            body["fields"],
            precondition=read_precondition(request.headers),
        )
        return answer_document(written.document, collection, address=request.path if written.is_new else "")

    @extend_schema(
        request={parser.media_type: DocumentPatchSerializer for parser in PATCH_TYPES},
        responses=DocumentSerializer,
        tags=["documents"],
        operation_id="patch_document",
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, collection: str, document_id: str) -> Response:
        """Change a document by a merge patch (RFC 7396); with If-Match of that state only."""
        document = services.patch_document(
            self.principal,
            collection,
            document_id,
            read_body(request, DocumentPatchSerializer())["fields"],
            precondition=read_precondition(request.headers),
        )
        return answer_document(document, collection)

    @extend_schema(responses={204: None}, tags=["documents"], operation_id="delete_document", parameters=[IF_MATCH])
    def delete(self, request: Request, collection: str, document_id: str) -> Response:
        """Delete a document; with If-Match of that state only."""
        services.delete_document(
            self.principal, collection, document_id, precondition=read_precondition(request.headers)
        )
        return Response(status=204)
