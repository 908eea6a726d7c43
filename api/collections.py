"""Collections of documents: the list, one by name."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import page_of
from api.views import ApiView, PagedView
from documents import selectors
from documents.rows import CollectionRow, Visibility


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
    }


class CollectionsView(PagedView):
    """The list of collections."""

    scope = "documents"

    @extend_schema(
        responses=page_of(CollectionSerializer, "CollectionPage"),
        tags=["documents"],
        operation_id="list_collections",
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the collections the caller may know, by name."""
        (after,) = self.position() or [""]
        collections = selectors.collections_page(self.principal, limit=self.limit + 1, after=after)
        return self.render_page(collections, lambda row: [row.name], render=render_collection)


class CollectionView(ApiView):
    """One collection."""

    scope = "documents"

    @extend_schema(responses=CollectionSerializer, tags=["documents"], operation_id="read_collection")
    def get(self, request: Request, collection: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one collection's description."""
        return Response(render_collection(selectors.collection_by_name(self.principal, collection)))
