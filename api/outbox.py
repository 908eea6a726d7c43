"""The outbox's dead messages, for operators: the list, and letting one be delivered again."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import EmptyBody, check_length, page_of, read_body
from api.views import ApiView, PagedView
from operations.dead_letters import dead_messages_page, replay_message
from relational.rows import DeadMessage


class DeadMessageSerializer(serializers.Serializer[Any]):
    """A message that could not be delivered."""

    id = serializers.IntegerField()
    topic = serializers.CharField()
    key = serializers.CharField(help_text="What it is about; messages of one key are delivered in order.")
    payload = serializers.DictField()
    attempts = serializers.IntegerField()
    error = serializers.CharField(help_text="Why the last attempt failed.")
    created = serializers.DateTimeField()
    died = serializers.DateTimeField()


def render_dead_message(message: DeadMessage) -> dict[str, Any]:
    """Lay out a dead message."""
    return asdict(message)


class DeadMessagesView(PagedView):
    """The list of dead messages."""

    scope = "operations"
    shape = DeadMessageSerializer

    @extend_schema(
        responses=page_of(DeadMessageSerializer, "DeadMessagePage"),
        tags=["operations"],
        operation_id="list_dead_messages",
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the messages that could not be delivered, by id; empty for who does not see everything."""
        (after,) = self.position() or [0]
        messages = dead_messages_page(self.principal, limit=self.limit + 1, after=after)
        return self.render_page(messages, lambda message: [message.id], render=render_dead_message)


class ReplayView(ApiView):
    """Delivering a dead message after all."""

    scope = "operations"

    @extend_schema(request=EmptyBody, responses={204: None}, tags=["operations"], operation_id="replay_dead_message")
    def post(self, request: Request, message_id: int) -> Response:
        """Let a dead message be delivered again: a relay takes it up at once."""
        check_length(request)
        read_body(request, EmptyBody())
        replay_message(self.principal, message_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
