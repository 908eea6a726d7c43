"""Collections of documents: the list and making one; one by name, changing its declaration, deleting it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import Parameter, choice_parameter
from api.preconditions import BY_TAG, IF_MATCH, entity_tag, read_precondition
from api.serializers import (
    ChangeSerializer,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIdField,
    StrictListField,
    StrictSerializer,
    page_of,
    read_body,
)
from api.views import ApiView, PagedView
from documents import selectors
from documents.checks import MAX_PATH_CHARACTERS, PATH_PATTERN
from documents.models import MAX_NAME_CHARACTERS, NAME_PATTERN
from documents.rows import CollectionRow, Visibility
from documents.schemas import MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH
from documents.services.declarations import MAX_INDEXES
from operations import collections

WITH_DOCUMENTS = choice_parameter(
    "with_documents",
    "true deletes a collection that holds documents, too: they go for good.",
    ["true", "false"],
    default="false",
)


class CollectionSerializer(serializers.Serializer[Any]):
    """A named set of free-form documents."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    owner_id = serializers.UUIDField()
    visibility = serializers.ChoiceField(
        [each.value for each in Visibility],
        help_text="Who reads besides the owner: private nobody, linked whom a document names, public everybody.",
    )
    schema = serializers.DictField(allow_null=True, help_text="JSON Schema (Draft 2020-12) that documents keep to.")
    indexes = serializers.ListField(child=serializers.CharField(), help_text="Dotted paths.")
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="One more with each change of the declaration.")


class DeclarationSerializer(StrictSerializer):
    """What of a collection may be declared anew; each member that is there takes the place of the present one whole."""

    visibility = StrictChoiceField([each.value for each in Visibility], required=False)
    schema = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="JSON Schema (Draft 2020-12) that documents keep to, "
        f"of {MAX_SCHEMA_BYTES} bytes and {MAX_SCHEMA_DEPTH} levels at most; null for none.",
    )
    indexes = StrictListField(
        child=StrictCharField(described={"pattern": f"^{PATH_PATTERN}$", "maxLength": MAX_PATH_CHARACTERS}),
        required=False,
        described={"maxItems": MAX_INDEXES},
        help_text="Dotted paths: all that there shall be.",
    )


class NewCollectionSerializer(DeclarationSerializer):
    """A collection to be made."""

    name = StrictCharField(described={"pattern": f"^{NAME_PATTERN}$", "maxLength": MAX_NAME_CHARACTERS})
    owner_id = StrictIdField(required=False, help_text="A team of the caller's; the caller when it is left out.")


class CollectionChangeSerializer(DeclarationSerializer, ChangeSerializer):
    """What is declared anew, and whether the documents that are there are held against a new schema now."""

    checks_documents = StrictBooleanField(
        default=True,
        help_text="With a new schema: true refuses it if a document does not fit, "
        "false holds each document against it when it is next written.",
    )


def render_collection(row: CollectionRow) -> dict[str, Any]:
    """Lay out a collection."""
    return {
        "id": row.id,
        "name": row.name,
        "owner_id": row.owner,
        "visibility": row.visibility,
        "schema": row.schema,
        "indexes": row.indexes,
        "created": row.created,
        "updated": row.updated,
        "version": row.version,
    }


class CollectionsView(PagedView):
    """The list of collections."""

    scope = "documents"
    shape = CollectionSerializer
    orders = ("name",)

    @extend_schema(
        responses=page_of(CollectionSerializer, "CollectionPage"),
        tags=["documents"],
        operation_id="list_collections",
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the collections the caller may know, by name."""
        (after,) = self.position() or [""]
        rows = selectors.collections_page(self.principal, limit=self.limit + 1, after=after)
        return self.render_page(rows, lambda row: [row.name], render=render_collection)

    @extend_schema(
        request=NewCollectionSerializer,
        responses={201: CollectionSerializer},
        tags=["documents"],
        operation_id="create_collection",
    )
    def post(self, request: Request) -> Response:
        """Make a collection."""
        declared = read_body(request, NewCollectionSerializer())
        name, owner = declared.pop("name"), declared.pop("owner_id", None)
        row = collections.create_collection(self.principal, name, owner=owner, **declared)
        headers = {**entity_tag(row.tag), "Location": f"{request.path}/{row.name}"}
        return Response(render_collection(row), status=201, headers=headers)


class CollectionView(ApiView):
    """One collection."""

    scope = "documents"
    shape = CollectionSerializer
    preconditions = BY_TAG
    write_parameters: ClassVar[Mapping[str, tuple[Parameter, ...]]] = {"DELETE": (WITH_DOCUMENTS,)}

    @extend_schema(responses=CollectionSerializer, tags=["documents"], operation_id="read_collection")
    def get(self, request: Request, collection: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one collection's description."""
        row = selectors.collection_by_name(self.principal, collection)
        return Response(render_collection(row), headers=entity_tag(row.tag))

    @extend_schema(
        request=CollectionChangeSerializer,
        responses=CollectionSerializer,
        tags=["documents"],
        operation_id="change_collection",
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, collection: str) -> Response:
        """Declare parts of a collection anew; with If-Match only if nobody changed it since."""
        row = collections.change_collection(
            self.principal,
            collection,
            **read_body(request, CollectionChangeSerializer()),
            precondition=read_precondition(request.headers),
            timeout_s=settings.QUERY_DEADLINE_S,  # type: ignore[misc]  # mypy does not see split settings
        )
        return Response(render_collection(row), headers=entity_tag(row.tag))

    @extend_schema(responses={204: None}, tags=["documents"], operation_id="delete_collection", parameters=[IF_MATCH])
    def delete(self, request: Request, collection: str) -> Response:
        """Delete a collection, with If-Match only if nobody changed it since; its name is free again."""
        collections.delete_collection(
            self.principal,
            collection,
            with_documents=self.query["with_documents"] == "true",
            precondition=read_precondition(request.headers),
        )
        return Response(status=204)
