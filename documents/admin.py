"""The registry of collections in the admin: to look at, give away, open and close; documents have no page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest

from core.principals import SYSTEM_ID
from core.times import now
from documents.models import Collection


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it is not generic at run time
    """Collections are made by the API or a loader, which make what lies behind them, too; so not here, nor deleted."""

    list_display = ("name", "owner", "visibility", "created")
    list_filter = ("visibility",)
    search_fields = ("name",)
    readonly_fields: ClassVar[list[str]] = ["id", "name", "schema", "indexes", "version", "created", "updated"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: a row alone is no collection."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse what Trivium keeps itself: whoever owned it could rewrite it."""
        return (obj is None or obj.owner != SYSTEM_ID) and super().has_change_permission(request, obj)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: the documents would stay behind."""
        return False

    def save_model(self, _request: HttpRequest, obj: Collection, _form: Any, _change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Store what this page changes, as a new version; the rest may have changed since the page was read."""
        obj.updated = now()
        Collection.objects.filter(pk=obj.pk, deleting=None).update(
            owner=obj.owner, visibility=obj.visibility, updated=obj.updated, version=F("version") + 1
        )
