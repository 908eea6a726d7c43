"""Pages of the origins that may call the API may listen here, with what a browser asks first; no others."""

import pytest

from .conftest import token_of

PAGE = "https://app.example"
EVENTS = "/live/v1/streams/{}/events"
PREFLIGHT = {
    "origin": PAGE,
    "access_control_request_method": "GET",
    "access_control_request_headers": "authorization,last-event-id",
}


@pytest.fixture(scope="module")
def allowing(django_db_setup, make_server):
    return make_server(TRIVIUM_CORS_ORIGINS=PAGE)


def test_a_preflight_is_answered_without_a_token(allowing):
    answer = allowing.connect(EVENTS.format("any"), method="OPTIONS", **PREFLIGHT)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert {"authorization", "last-event-id"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-allow-methods"] == "get, head, options"
    assert "access-control-allow-credentials" not in answer.headers


def test_an_allowed_page_reads_streams_and_refusals(allowing, stream, owner):
    listener = allowing.listen(stream, owner, origin=PAGE)
    refused = allowing.connect(EVENTS.format(stream), origin=PAGE)
    assert refused.status == 401
    nowhere = allowing.connect(EVENTS.format("nothing"), token_of(owner), origin=PAGE)
    assert nowhere.status == 404
    for answer in (listener, refused, nowhere):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "origin" in answer.headers["vary"]
        assert {"x-request-id", "retry-after"} <= set(answer.headers["access-control-expose-headers"].split(", "))


def test_other_pages_are_not_allowed(allowing, server, stream, owner):
    evil = allowing.connect(EVENTS.format("any"), method="OPTIONS", **PREFLIGHT | {"origin": "https://evil.example"})
    unset = server.listen(stream, owner, origin=PAGE)
    metrics = allowing.connect("/metrics", origin=PAGE)
    for answer in (evil, unset, metrics):
        assert not [name for name in answer.headers if name.startswith("access-control")]
