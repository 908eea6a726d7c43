"""An admin site over the matrix's models of both stores, and its addresses."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.urls import path

site = admin.AdminSite(name="matrix")
site.enable_nav_sidebar = False  # it marks the application one is in


class _Lenient(admin.ModelAdmin):  # type: ignore[type-arg] # it is not generic at run time
    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and getattr(db_field, "null", False):
            field.required = False
        return field


class ThingAdmin(_Lenient):
    list_display = ("name", "count", "rank", "price", "is_active", "maker", "moment")
    list_filter = ("is_active", "flag", "rank", "maker", "moment", "maker__city", ("note", admin.EmptyFieldListFilter))
    search_fields = ("name", "note", "maker__name", "=code")
    date_hierarchy = "day"
    list_select_related = True
    list_per_page = 5
    filter_horizontal = ("tags",)
    ordering = ("-rank", "id")
    exclude = ("payload", "token")
    readonly_fields: ClassVar[list[str]] = ["moment"]


class ThingInline(admin.TabularInline):  # type: ignore[type-arg] # it is not generic at run time
    fields = ("name", "count", "price", "small")
    extra = 1
    ordering = ("id",)


class MakerAdmin(_Lenient):
    list_display = ("name", "city", "founded")
    list_editable = ("city",)
    list_display_links = ("name",)
    ordering = ("id",)

    def get_inlines(self, _request: Any, _obj: Any) -> list[Any]:
        thing = apps.get_model(self.opts.app_label, "Thing")
        return [type("Inline", (ThingInline,), {"model": thing})]


for _label in ("matrix_documents", "matrix_relational"):
    site.register(apps.get_model(_label, "Thing"), ThingAdmin)
    site.register(apps.get_model(_label, "Maker"), MakerAdmin)
    site.register(apps.get_model(_label, "Tag"))
urlpatterns = [path("admin/", site.urls)]
