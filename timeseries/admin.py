"""Streams in Django's admin: listed by a cqlengine model, changed by this room's services. For operators and admins."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect

from core.errors import TriviumError
from core.principals import Principal, Role
from timeseries import services
from timeseries.directory import find_streams
from timeseries.models import StreamRecord
from timeseries.retention import CLASSES
from timeseries.streams import check_stream_name


class UUIDLines(forms.CharField):
    """Users' ids, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 40})

    def prepare_value(self, value: Any) -> Any:
        """Show a set of ids as lines."""
        return value if isinstance(value, str) else "\n".join(sorted(str(each) for each in value or ()))

    def to_python(self, value: Any) -> Any:
        """Read lines as a set of ids."""
        try:
            return {UUID(line) for line in (value or "").split()}
        except ValueError as error:
            raise ValidationError("one user's id a line: 0198c0de-…") from error


class StreamForm(forms.ModelForm):  # type: ignore[type-arg] # a cqlengine model is no Django model
    """What an operator says of a stream; its settings only when it is made, later ones start on a day to come."""

    owner = forms.UUIDField()
    readers = UUIDLines(required=False)
    writers = UUIDLines(required=False)
    actor_may_read = forms.BooleanField(required=False)
    retention = forms.ChoiceField(choices=[(name, name) for name in CLASSES])
    peak_rate = forms.FloatField(help_text="events a second at the busiest", initial=1.0)

    class Meta:
        """Which columns the form shows."""

        model = StreamRecord
        fields = ("name", "owner", "readers", "writers", "actor_may_read", "retention", "peak_rate")

    def clean_name(self) -> str:
        """Check the name as the service does."""
        try:
            return check_stream_name(self.cleaned_data["name"])
        except TriviumError as error:
            raise ValidationError(error.message) from error


class StreamList(ChangeList):
    """The page of streams in the order of their names, which is how Cassandra keeps them; nothing filters it."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        """Return the streams as they come."""
        self.filter_specs, self.has_filters, _, _, self.has_active_filters = self.get_filters(request)
        self.clear_all_filters_qs = "?"
        return self.root_queryset


@admin.register(StreamRecord)
class StreamAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # a cqlengine model is no Django model
    """Lists, makes and changes streams; Cassandra neither searches nor sorts them otherwise, and none is deleted."""

    form = StreamForm
    list_display = ("name", "owner", "retention", "peak_rate", "actor_may_read", "created")
    sortable_by = ()
    actions = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:  # noqa: ARG002 - Django's signature
        """Read the one partition that holds all streams."""
        return StreamRecord.objects.filter(directory=0)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's signature
        """Use the list that Cassandra can give."""
        return StreamList

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        """Fix what belongs to the stream's identity and first settings."""
        return () if obj is None else ("name", "retention", "peak_rate", "later_settings")

    def later_settings(self, obj: Any) -> str:
        """Show what was added since the stream was made."""
        later = find_streams([obj.name], fresh=True)[obj.name].settings[1:]
        return "; ".join(
            f"from {each.valid_from}: {each.retention}, {each.peak_rate:g} events a second" for each in later
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person works on all streams."""
        return _may_administer(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Tell whether the person works on all streams."""
        return _may_administer(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person works on all streams."""
        return _may_administer(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Tell whether the person works on all streams."""
        return _may_administer(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse: events outlive a stream's name."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show what the service refused (a name just taken, a store that is down) above the form."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except TriviumError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Make or change the stream by this room's services."""
        values, principal = form.cleaned_data, _principal(request)
        use = {name: values[name] for name in ("owner", "readers", "writers", "actor_may_read")}
        if change:
            services.change_stream(principal, obj.name, **use)
        else:
            settings = {name: values[name] for name in ("name", "retention", "peak_rate")}
            services.create_stream(principal, **settings, **use)
        obj.pk = obj.name


def _may_administer(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff and _principal(request).writes_everything)


def _principal(request: HttpRequest) -> Principal:
    user: Any = request.user
    return Principal(user.id, Role.ADMIN if user.is_superuser else Role(user.role))
