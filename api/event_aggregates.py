"""What a range of a stream's events has, counted: how many, a histogram, and the most frequent values of a field."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.event_conditions import OF_STREAM, filters_of
from api.events import FROM, TO
from api.parameters import Parameter, choice_parameter, read_integer
from api.views import ApiView
from core.deadlines import Deadline
from core.times import format_time, from_microseconds
from timeseries import selectors
from timeseries.paths import FieldName, parse_field
from timeseries.selectors.aggregates import AUTO, INTERVALS_S, Histogram, TopValues

MAX_VALUES = 100
FIELD_TEXT = {"type": "string", "pattern": r"^(kind|level|actor|client_id|payload\..+)$"}
NEEDED = (replace(FROM, required=True), replace(TO, required=True))
SECOND_US = 1_000_000


def read_field(text: str, name: str) -> FieldName:
    """Read the name of a field. Raises: InvalidInput."""
    return parse_field(text, path=name)


def _read_limit(text: str, name: str) -> int:
    return read_integer(text, name, lowest=1, highest=MAX_VALUES)


BY = Parameter("by", "Also per value of this field: kind, level, payload.ip.", read_field, FIELD_TEXT)
FIELD = Parameter("field", "Whose values: kind, level, payload.ip.", read_field, FIELD_TEXT, required=True)
INTERVAL = choice_parameter("interval", "How long each interval is.", (AUTO, *INTERVALS_S), default=AUTO)
VALUES = Parameter(
    "limit",
    f"How many values at most, 1 to {MAX_VALUES}.",
    _read_limit,
    {"type": "integer", "minimum": 1, "maximum": MAX_VALUES, "default": 10},
    default=10,
)


class CountSerializer(serializers.Serializer[Any]):
    """How many events there are."""

    count = serializers.IntegerField()


class ValueCountSerializer(serializers.Serializer[Any]):
    """A value and how many events have it."""

    value = serializers.JSONField(help_text="A text, a number or a truth value.")
    count = serializers.IntegerField()


class TopSerializer(CountSerializer):
    """The most frequent values of a field."""

    present = serializers.IntegerField(help_text="How many of the events have the field.")
    distinct = serializers.IntegerField(help_text="How many values there are.")
    values = ValueCountSerializer(many=True)


class IntervalSerializer(CountSerializer):
    """How many events an interval has."""

    time = serializers.DateTimeField(help_text="When it begins.")
    values = ValueCountSerializer(many=True, required=False, help_text="With `by`: of the most frequent values.")


class HistogramSerializer(serializers.Serializer[Any]):
    """Events per interval, in order of time, empty ones too."""

    interval = serializers.ChoiceField([*INTERVALS_S])
    count = serializers.IntegerField()
    results = IntervalSerializer(many=True)
    top = TopSerializer(required=False, help_text="With `by`: the values that the intervals show, over all of them.")


class _RangeView(ApiView):
    scope = "events"
    has_entity_tags = False
    parameters = (*NEEDED, *OF_STREAM)

    def asked(self, stream: str) -> selectors.Range:
        """Return what is asked over."""
        return selectors.Range(
            stream,
            self.query["from"],
            self.query["to"],
            filters_of(self.query, OF_STREAM),
            settings.MAX_EXAMINED_EVENTS,  # type: ignore[misc]  # mypy does not see split settings
            Deadline(settings.QUERY_DEADLINE_S),  # type: ignore[misc]  # as above
        )

    def cost(self) -> int:
        """Return what the request counts: 10 more, for it reads much."""
        return super().cost() + 10


class CountView(_RangeView):
    """How many events of a range meet the conditions."""

    @extend_schema(responses=CountSerializer, tags=["events"], operation_id="count_stream_events")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Count a stream's events within a range of time that meet all conditions."""
        return Response({"count": selectors.count_in_range(self.principal, self.asked(stream))})


class TopView(_RangeView):
    """The most frequent values of a field."""

    parameters = (FIELD, VALUES, *_RangeView.parameters)

    @extend_schema(responses=TopSerializer, tags=["events"], operation_id="list_top_values")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read the most frequent values of a field, exactly, within a range of time and all conditions."""
        found = selectors.top_values(self.principal, self.asked(stream), self.query["field"], self.query["limit"])
        return Response(_render_top(found))


class HistogramView(_RangeView):
    """Events per interval."""

    parameters = (INTERVAL, BY, VALUES, *_RangeView.parameters)

    @extend_schema(responses=HistogramSerializer, tags=["events"], operation_id="read_histogram")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Count a stream's events per interval, exactly, within a range of time and all conditions."""
        found = selectors.histogram(
            self.principal,
            self.asked(stream),
            self.query["interval"],
            by=self.query["by"],
            limit=self.query["limit"],
        )
        return Response(_render_histogram(found))


def _render_top(found: TopValues) -> dict[str, Any]:
    values = [{"value": value, "count": count} for (_, value), count in found.values]
    return {"count": found.count, "present": found.present, "distinct": found.distinct, "values": values}


def _render_histogram(found: Histogram) -> dict[str, Any]:
    results: list[dict[str, Any]] = [
        {"time": format_time(from_microseconds(start * SECOND_US)), "count": count}
        for start, count in found.counts.items()
    ]
    answer = {"interval": found.interval, "count": sum(found.counts.values()), "results": results}
    if found.top is None or found.by_value is None:
        return answer
    for start, result in zip(found.counts, results, strict=True):
        counter = found.by_value.get(start) or Counter()
        result["values"] = [{"value": key[1], "count": counter[key]} for key, _ in found.top.values if key in counter]
    return {**answer, "top": _render_top(found.top)}
