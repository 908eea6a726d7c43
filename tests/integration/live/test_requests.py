"""What a request for a stream may be: its method, what it accepts, and from when on it asks."""

import pytest

from .conftest import numbers, token_of

EVENTS = "/live/v1/streams/{}/events"


@pytest.mark.parametrize("accept", ["application/json", "text/*;q=0", "garbage"])
def test_an_accept_that_a_stream_does_not_meet_is_refused_as_at_the_api(server, stream, owner, accept):
    answer = server.connect(EVENTS.format(stream), token_of(owner), accept=accept)
    assert answer.status == 406
    body = answer.rest()
    assert (body["code"], "gives text/event-stream" in body["detail"]) == ("not_acceptable", True)


@pytest.mark.parametrize(
    "accept", ["text/event-stream", "*/*", "text/*", "application/json, text/event-stream;q=0.1", ""]
)
def test_an_accept_that_a_stream_meets_opens_it(server, stream, owner, accept):
    answer = server.listen(stream, owner, accept=accept)
    assert answer.headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_there_is_get_only(server, stream, owner, method):
    answer = server.connect(EVENTS.format(stream), token_of(owner), method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "get")


def test_the_last_event_counts_and_not_from(server, stream, owner, append):
    append(1, ago_s=3000)
    (last,) = append(2, ago_s=60)
    assert numbers(server.listen(stream, owner, "?from=2026-01-01T00:00:00Z").events(2)) == [1, 2]
    listener = server.listen(stream, owner, "?from=2026-01-01T00:00:00Z", last_event_id=last)
    assert numbers(listener.events(1)) == [2]
