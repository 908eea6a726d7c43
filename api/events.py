"""Events: those of a stream and those that name an actor, in order of time; appending a batch to a stream."""

from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.admission import ADMISSION
from api.appended import MAX_FAILED, MAX_SHOWN, RESULTS, answer_appended, merge
from api.batches import ARRAY, LINES, MAX_ITEMS, is_lines, read_items
from api.event_conditions import OF_ACTOR, OF_STREAM, filters_of
from api.parameters import MOMENT, Parameter, read_moment
from api.problems import PROBLEM_JSON
from api.schema_parts import BATCH_PROBLEM, PROBLEM
from api.serializers import StrictCharField, StrictSerializer, page_of
from api.uploads import length_of, read_pieces
from api.views import PagedView
from core.deadlines import Deadline
from core.errors import InvalidInput
from query.belonging import own_values
from timeseries import selectors, services
from timeseries.events import (
    ACTOR_PATTERN,
    MAX_DEPTH,
    MAX_PAYLOAD_BYTES,
    TEXT_BYTES,
    Event,
    check_actor,
    members_of,
)
from timeseries.filters import Filters
from timeseries.selectors import FilteredEvents
from timeseries.services import AppendSummary, Wanted

FROM = Parameter("from", "At this time or later (RFC 3339).", read_moment, MOMENT)
TO = Parameter("to", "Earlier than this time (RFC 3339).", read_moment, MOMENT)
NEWEST = "-time"


def read_actor(text: str, name: str) -> str:
    """Take what an event may name. Raises: InvalidInput, TooLarge."""
    return check_actor(text, path=name)


def read_results(text: str, name: str) -> Wanted:
    """Take which results are answered. Raises: InvalidInput."""
    if text not in RESULTS:
        raise InvalidInput(f"{name} is one of {', '.join(RESULTS)}", path=name)
    return RESULTS[text]


RESULTS_WANTED = Parameter(
    "results",
    f"Which events are answered for: `all` (of more than {MAX_SHOWN} as `failed`), `failed` (the first {MAX_FAILED}) or"
    " `none`.",
    read_results,
    {"type": "string", "enum": list(RESULTS), "default": "all"},
    RESULTS["all"],
)
ACTOR_TEXT = {"type": "string", "pattern": f"^{ACTOR_PATTERN}$", "maxLength": TEXT_BYTES["actor"]}
ACTOR = Parameter("actor", "Whom they name: user:<uuid>, or <source>:<key>.", read_actor, ACTOR_TEXT, required=True)


class EventSerializer(serializers.Serializer[Any]):
    """An event as stored."""

    id = serializers.UUIDField()
    stream = serializers.CharField()
    time = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    kind = serializers.CharField(allow_null=True)
    level = serializers.CharField(allow_null=True)
    client_id = serializers.CharField(allow_null=True, help_text="The id that its sender gave it.")
    payload = serializers.DictField()


def _text(name: str, help_text: str, **described: Any) -> StrictCharField:
    """Describe a text of an event."""
    bound = TEXT_BYTES[name]
    help_text = f"{help_text}; {bound} bytes at most."
    return StrictCharField(required=False, allow_null=True, max_length=bound, help_text=help_text, described=described)


class NewEventSerializer(StrictSerializer):
    """An event to store; `timeseries.events` reads it."""

    time = serializers.DateTimeField(help_text="RFC 3339 with an offset, to the microsecond.")
    payload = serializers.DictField(
        required=False, help_text=f"{MAX_PAYLOAD_BYTES} bytes and {MAX_DEPTH} levels at most."
    )
    id = _text("id", "Your own id of it: one per time and stream")
    actor = _text("actor", "Whom it names: user:<uuid>, or <source>:<key>", pattern=ACTOR_TEXT["pattern"])
    kind = _text("kind", "What happened")
    level = _text("level", "How grave it is")


class AppendResultSerializer(serializers.Serializer[Any]):
    """What became of one event."""

    status = serializers.ChoiceField(["stored", "rejected", "unknown"])
    id = serializers.UUIDField(allow_null=True)
    code = serializers.CharField(allow_null=True, help_text="As in docs/errors.md.")
    path = serializers.CharField(allow_null=True, help_text="Which field of which event: [3].time.")
    reason = serializers.CharField(allow_null=True)


class AppendedSerializer(serializers.Serializer[Any]):
    """One result per event, in the events' order, and how many there are of each."""

    stored = serializers.IntegerField()
    rejected = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Done or not: send these again, that is safe.")
    results = AppendResultSerializer(many=True)


NEW_EVENTS: Any = serializers.ListSerializer(child=NewEventSerializer(), min_length=1, max_length=MAX_ITEMS)
EVENT_PAGE = page_of(
    EventSerializer,
    "EventPage",
    cut_by=serializers.ChoiceField(
        ["work", "deadline"],
        required=False,
        allow_null=True,
        help_text="Only with conditions: why the page is short though `next` goes on; null where it is not.",
    ),
)


class _EventsView(PagedView):
    scope = "events"
    shape = EventSerializer
    orders = (NEWEST, "time")
    conditions: ClassVar[tuple[Parameter, ...]] = ()

    def _range(self) -> dict[str, Any]:
        """Return what both selectors take."""
        (after,) = self.position() or [None]
        return {
            "start": self.query["from"],
            "end": self.query["to"],
            "newest_first": self.query["sort"] == NEWEST,
            "after": UUID(after) if after else None,
            "deadline": Deadline(settings.QUERY_DEADLINE_S),  # type: ignore[misc]  # mypy does not see split settings
        }

    def _filters(self) -> Filters:
        return filters_of(self.query, self.conditions)

    def _filtered_range(self) -> dict[str, Any]:
        """Return what both selectors with conditions take."""
        return {"limit": self.limit + 1, "max_examined": settings.MAX_EXAMINED_EVENTS, **self._range()}  # type: ignore[misc]  # as above

    def _render_filtered(self, found: FilteredEvents) -> Response:
        return self.render_page(
            found.events,
            lambda event: [str(event.id)],
            render=members_of,
            resume=[str(found.resume_after)] if found.resume_after else None,
            cut_by=found.cut_by,
        )

    def _render(self, events: list[Event]) -> Response:
        return self.render_page(events, lambda event: [str(event.id)], render=members_of)


class StreamEventsView(_EventsView):
    """A stream's events."""

    conditions = OF_STREAM
    parameters = (*PagedView.parameters, FROM, TO, *OF_STREAM)
    write_problems = (408, 409)
    write_parameters = MappingProxyType({"POST": (RESULTS_WANTED,)})

    @extend_schema(responses=EVENT_PAGE, tags=["events"], operation_id="list_stream_events")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """List the events of a stream, within a range of time, that meet all conditions."""
        if filters := self._filters():
            found = selectors.filtered_by_stream(self.principal, stream, filters, **self._filtered_range())
            return self._render_filtered(found)
        return self._render(selectors.events_by_stream(self.principal, stream, limit=self.limit + 1, **self._range()))

    @extend_schema(
        request={ARRAY: NEW_EVENTS, LINES: str},
        responses={
            200: AppendedSerializer,
            (422, PROBLEM_JSON): OpenApiResponse(BATCH_PROBLEM, "Every event is wrong: batch_rejected."),
            (503, PROBLEM_JSON): OpenApiResponse(
                {"anyOf": [BATCH_PROBLEM, PROBLEM]},
                "No event is surely stored: outcome_unknown, with results; or as every 503, without.",
            ),
        },
        tags=["events"],
        operation_id="append_events",
    )
    def post(self, request: Request, stream: str) -> Response:
        """Append events: NDJSON of any length with one on each line, a JSON array of up to 10,000, or a single object.

        NDJSON may be packed (`Content-Encoding: gzip` or `zstd`) and is stored while it comes. 200 means that something
        was stored: `results` says of each event what became of it, of more than 10,000 only of those that were not
        stored. Sending them again is safe.
        """
        by_line = is_lines(request)
        with ADMISSION.admitted(self.principal.user_id, length_of(request)):
            summary = self._append_lines(request, stream) if by_line else self._append_items(request, stream)
        if not summary.lines and summary.failure is None:
            raise InvalidInput("the batch is empty: send at least one event")
        return answer_appended(request, summary, by_line=by_line)

    def _append_lines(self, request: Request, stream: str) -> AppendSummary:
        return services.append_lines(self.principal, stream, read_pieces(request), wanted=self.query["results"])

    def _append_items(self, request: Request, stream: str) -> AppendSummary:
        items, wanted = read_items(request), self.query["results"]
        lines = [orjson.dumps(item) for item in items if not isinstance(item, InvalidInput)]
        summary = services.append_lines(self.principal, stream, [b"\n".join(lines)], wanted=wanted)
        return merge(items, summary, wanted)


class ActorEventsView(_EventsView):
    """An actor's events."""

    conditions = OF_ACTOR
    parameters = (*PagedView.parameters, FROM, TO, ACTOR, *OF_ACTOR)

    @extend_schema(responses=EVENT_PAGE, tags=["events"], operation_id="list_actor_events")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the events that name an actor, of every stream whose events the caller may read.

        Whoever the actor is reads them too, where the stream says so.
        """
        actor = self.query["actor"]
        own_actors = own_values(self.principal, "events").get("actor", ())
        if filters := self._filters():
            page = selectors.filtered_by_actor(
                self.principal, actor, filters, own_actors=own_actors, **self._filtered_range()
            )
            return self._render_filtered(page)
        found = selectors.events_by_actors(
            self.principal, [actor], limit_per_actor=self.limit + 1, own_actors=own_actors, **self._range()
        )
        return self._render(found[actor])
