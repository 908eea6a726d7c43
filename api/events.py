"""Events: those of a stream, and those that name an actor, in order of time."""

from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import MOMENT, TEXT, Parameter, choice_parameter, read_moment, read_text
from api.serializers import page_of
from api.views import PagedView
from core.deadlines import Deadline
from query.belonging import own_values
from timeseries import selectors
from timeseries.events import Event

FROM = Parameter("from", "At this time or later (RFC 3339).", read_moment, MOMENT)
TO = Parameter("to", "Earlier than this time (RFC 3339).", read_moment, MOMENT)
NEWEST = "newest"
ORDER = choice_parameter("order", "Which come first.", (NEWEST, "oldest"), default=NEWEST)
ACTOR = Parameter("actor", "Whom they name: user:<uuid>, or <source>:<key>.", read_text, TEXT, required=True)


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


EVENT_PAGE = page_of(EventSerializer, "EventPage")


def render_event(event: Event) -> dict[str, Any]:
    """Lay out an event; its payload is JSON already and goes through as it is stored."""
    return {
        "id": event.id,
        "stream": event.stream,
        "time": event.time,
        "actor": event.actor,
        "kind": event.kind,
        "level": event.level,
        "client_id": event.client_id,
        "payload": orjson.Fragment(event.payload_json),
    }


class _EventsView(PagedView):
    scope = "events"
    shape = EventSerializer
    parameters = (*PagedView.parameters, FROM, TO, ORDER)

    def _range(self) -> dict[str, Any]:
        """Return what both selectors take."""
        (after,) = self.position() or [None]
        return {
            "start": self.query["from"],
            "end": self.query["to"],
            "newest_first": self.query["order"] == NEWEST,
            "after": UUID(after) if after else None,
            "deadline": Deadline(settings.QUERY_DEADLINE_S),  # type: ignore[misc]  # mypy does not see split settings
        }

    def _render(self, events: list[Event]) -> Response:
        return self.render_page(events, lambda event: [str(event.id)], render=render_event)


class StreamEventsView(_EventsView):
    """A stream's events."""

    @extend_schema(responses=EVENT_PAGE, tags=["events"], operation_id="list_stream_events")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """List the events of a stream, within a range of time."""
        return self._render(selectors.events_by_stream(self.principal, stream, limit=self.limit + 1, **self._range()))


class ActorEventsView(_EventsView):
    """An actor's events."""

    parameters = (*_EventsView.parameters, ACTOR)

    @extend_schema(responses=EVENT_PAGE, tags=["events"], operation_id="list_actor_events")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the events that name an actor, of every stream whose events the caller may read.

        Whoever the actor is reads them too, where the stream says so.
        """
        actor = self.query["actor"]
        found = selectors.events_by_actors(
            self.principal,
            [actor],
            limit_per_actor=self.limit + 1,
            own_actors=own_values(self.principal, "events").get("actor", ()),
            **self._range(),
        )
        return self._render(found[actor])
