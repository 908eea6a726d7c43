"""An address that will go says so in each answer and in OpenAPI; none does now."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.deprecations import Deprecation
from api.index import IndexSerializer
from api.views import ApiView, PublicView
from tests.api.routes import ROUTES


class EndingView(PublicView):
    """A view that will go."""

    deprecated = Deprecation(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC), "/api/v1/docs#ending")

    @extend_schema(responses=IndexSerializer, tags=["test"], operation_id="read_ending")
    def get(self, request):
        """Read what will go."""
        return Response({"version": "1", "links": {}}, headers={"Link": '</next>; rel="next"'})


@pytest.mark.parametrize(("address", "status"), [("/ending", 200), ("/ending?unknown=1", 400)])
def test_every_answer_of_an_address_that_will_go_says_so(address, status):
    answer = EndingView.as_view()(RequestFactory().get(address))
    assert answer.status_code == status
    assert answer.headers["deprecation"] == "@1798761600"
    assert answer.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    links = answer.headers["link"]
    assert '</api/v1/docs#ending>; rel="deprecation"' in links
    assert '</api/v1/docs#ending>; rel="sunset"' in links
    assert (status == 200) == links.startswith('</next>; rel="next", ')


def test_openapi_marks_it():
    description = SchemaGenerator(patterns=[path("ending", EndingView.as_view())]).get_schema(public=True)
    assert description["paths"]["/ending"]["get"]["deprecated"] is True


def test_nothing_else_is_said_to_go(anybody):
    assert [route for route in ROUTES if route.view.deprecated] == []
    assert ApiView.deprecated is None
    assert "deprecation" not in anybody.get("/api/v1/").headers
