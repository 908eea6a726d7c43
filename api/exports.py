"""Exports as jobs: asking for one; progress and files are the job's (`api.jobs`). Streamed answers: docs/live.md."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.jobs import JobSerializer, answer_job
from api.permissions import check_scope
from api.serializers import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIdField,
    StrictItemsField,
    StrictListField,
    StrictSerializer,
    check_length,
    read_body,
)
from api.views import ApiView
from core.principals import Scope
from exports.job import submit_export
from exports.request import MAX_COLUMNS, MAX_PART_BYTES, MAX_PART_ROWS, MAX_STREAMS, MIN_PART_BYTES
from formats import COMPRESSIONS, FORMATS
from timeseries.comparisons import OPERATORS
from timeseries.filters import MAX_CONDITIONS

BESIDE = ("target", "since_last", "owner_id")


class ExportConditionSerializer(StrictSerializer):
    """A condition on a field of events."""

    field = StrictCharField(help_text="kind, level, actor, client_id, or payload.<path>.")
    operator = StrictChoiceField(list(OPERATORS))
    value = serializers.JSONField(help_text="A text, a number, true or false; for `in` a list of them.")


class NewExportSerializer(StrictSerializer):
    """What is to be exported, and how; `exports.request` reads it, and says what is wrong beyond its shape."""

    streams = StrictListField(
        child=StrictCharField(), required=False, min_length=1, max_length=MAX_STREAMS, help_text="All unless said."
    )
    to = StrictCharField(required=False, help_text="Events earlier than this time (RFC 3339).")
    columns = StrictListField(
        child=StrictCharField(), required=False, min_length=1, max_length=MAX_COLUMNS,
        help_text="Those of events, and payload.<path>[:type].",
    )  # fmt: skip
    format = StrictChoiceField(list(FORMATS), required=False)
    compression = StrictChoiceField(list(COMPRESSIONS), required=False)
    part_bytes = serializers.IntegerField(required=False, min_value=MIN_PART_BYTES, max_value=MAX_PART_BYTES)
    part_rows = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PART_ROWS)
    neutralise_formulas = StrictBooleanField(required=False, help_text="In CSV no cell is a formula to a spreadsheet.")
    filters = StrictItemsField(child=ExportConditionSerializer(), required=False, max_length=MAX_CONDITIONS)
    target = StrictCharField(required=False, help_text="Where operators let the files go instead of to the job.")
    since_last = StrictCharField(
        required=False, max_length=64, help_text="A name: only what was stored since the owner's last export of it."
    )
    owner_id = StrictIdField(required=False, help_text="A team of the caller's; the caller when it is left out.")

    def get_fields(self) -> Any:
        """Add the field whose name is a word of Python."""
        return {
            "from": StrictCharField(required=False, help_text="Events at this time or later."),
            **super().get_fields(),
        }


NEW_EXPORT = NewExportSerializer()


class ExportsView(ApiView):
    """Asking for exports."""

    scope = "jobs"

    @extend_schema(
        request=NewExportSerializer, responses={202: JobSerializer}, tags=["jobs"], operation_id="create_export"
    )
    def post(self, request: Request) -> Response:
        """Ask for an export of events as a job: its files and their digests are the job's when it has succeeded."""
        check_scope(self.principal, Scope.EVENTS_READ)
        check_length(request)
        checked = read_body(request, NEW_EXPORT)
        body: Any = request.data
        raw = {name: value for name, value in body.items() if name not in BESIDE}
        job = submit_export(
            self.principal,
            raw,
            target=checked.get("target", ""),
            since_last=checked.get("since_last", ""),
            owner_id=checked.get("owner_id"),
        )
        answer = answer_job(job, code=status.HTTP_202_ACCEPTED)
        answer.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return answer
