"""Which columns of a stream a role does not see in exports, or sees as pseudonyms."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import StrictObjectField, StrictSerializer, check_length, read_body
from api.views import ApiView
from timeseries import selectors, services
from timeseries.column_rules import ROLES, Treatment

HELP = f"By role ({', '.join(ROLES)}) and column or payload.<path>: {' or '.join(Treatment)}."
DESCRIBED = {
    "propertyNames": {"enum": [*ROLES]},
    "additionalProperties": {"type": "object", "additionalProperties": {"type": "string", "enum": [*Treatment]}},
}


class ColumnRulesSerializer(serializers.Serializer[Any]):
    """The rules of a stream."""

    rules = serializers.DictField(help_text=HELP)


class NewColumnRulesSerializer(StrictSerializer):
    """The rules that a stream shall have; `timeseries.column_rules` reads them."""

    rules = StrictObjectField(described=DESCRIBED, help_text=HELP)


NEW_RULES = NewColumnRulesSerializer()


class ColumnRulesView(ApiView):
    """The column rules of a stream."""

    scope = "events"
    shape = ColumnRulesSerializer

    @extend_schema(responses=ColumnRulesSerializer, tags=["streams"], operation_id="read_column_rules")
    def get(self, request: Request, stream: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Read which columns are hidden or pseudonyms, and to whom."""
        return Response({"rules": selectors.column_rules(self.principal, stream)})

    @extend_schema(
        request=NewColumnRulesSerializer,
        responses=ColumnRulesSerializer,
        tags=["streams"],
        operation_id="put_column_rules",
    )
    def put(self, request: Request, stream: str) -> Response:
        """Replace the rules; they hold for exports that begin some seconds later. For who may change the stream."""
        check_length(request)
        rules = read_body(request, NEW_RULES)["rules"]
        return Response({"rules": services.put_column_rules(self.principal, stream, rules)})
