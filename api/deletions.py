"""Deleting a stream's events of a range, or the stream with all it has, as a job; counting a stream anew."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.jobs import JobSerializer, answer_job
from api.serializers import EmptyBody, StrictBooleanField, StrictSerializer, check_length, read_body
from api.views import ApiView
from core.errors import InvalidInput
from core.times import parse_time
from operations import deletions, recounts
from relational.rows import JobRow


class MomentField(serializers.DateTimeField):
    """A time with its offset, to the microsecond, as events have them."""

    def to_internal_value(self, value: Any) -> Any:
        """Refuse what is none.

        Raises: ValidationError.
        """
        try:
            return parse_time(value) if isinstance(value, str) else self.fail("invalid", format="RFC 3339")
        except InvalidInput as error:
            raise serializers.ValidationError(error.message) from error


class DeletionSerializer(StrictSerializer):
    """What is to be deleted: a range of time, open at one end at most; or the whole stream."""

    to = MomentField(required=False, help_text="Events earlier than this.")
    whole = StrictBooleanField(
        default=False, help_text="The stream with all its events, its settings, and all that is known of it."
    )

    def get_fields(self) -> dict[str, Any]:
        """Add the field whose name Python keeps for itself."""
        return {"from": MomentField(required=False, help_text="Events at this time or later."), **super().get_fields()}


class DeletionsView(ApiView):
    """Deletions of a stream's events."""

    scope = "events"

    @extend_schema(
        request=DeletionSerializer, responses={202: JobSerializer}, tags=["events"], operation_id="delete_events"
    )
    def post(self, request: Request, stream: str) -> Response:
        """Let a job delete the events of a range, or the stream itself with all it has; there is no way back."""
        sent = read_body(request, DeletionSerializer())
        job = deletions.ask_deletion(
            self.principal, stream, start=sent.get("from"), end=sent.get("to"), whole=sent["whole"]
        )
        return _accepted(job)


class RecountsView(ApiView):
    """Recounts of a stream."""

    scope = "events"

    @extend_schema(request=EmptyBody, responses={202: JobSerializer}, tags=["events"], operation_id="recount_stream")
    def post(self, request: Request, stream: str) -> Response:
        """Let a job count the stream's events, bytes and fields anew, from what is stored."""
        check_length(request)
        read_body(request, EmptyBody())
        return _accepted(recounts.ask_recount(self.principal, stream))


def _accepted(job: JobRow) -> Response:
    answer = answer_job(job, code=status.HTTP_202_ACCEPTED)
    answer.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return answer
