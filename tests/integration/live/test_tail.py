"""What is told, to whom, and when: every event that arrives in time, once, to each who listens."""

from datetime import timedelta

import pytest
from django.test import Client

from core.times import format_time, now
from timeseries import services

from .conftest import numbers, token_of


def test_events_are_told_as_they_come_and_as_the_api_shows_them(server, stream, owner, append):
    listener = server.listen(stream, owner)
    assert listener.headers["content-type"] == "text/event-stream"
    assert listener.headers["cache-control"] == "private, no-store"
    assert listener.headers["x-request-id"]
    assert listener.message() == {"retry": "2000"}
    ids = append(1) + append(2, 3)
    told = listener.events(3)
    assert [event["id"] for event in told] == ids
    client = Client(headers={"authorization": f"Bearer {token_of(owner)}"})
    assert client.get(f"/api/v1/streams/{stream}/events?sort=time").json()["results"] == told


def test_what_was_there_before_is_not_told_unless_asked_for(server, stream, owner, append):
    append(1, ago_s=60)
    append(2)
    listener = server.listen(stream, owner)
    append(3)
    assert numbers(listener.events(1)) == [3]
    listener = server.listen(stream, owner, f"?from={format_time(now() - timedelta(minutes=2))}")
    append(4)
    assert numbers(listener.events(4)) == [1, 2, 3, 4]
    listener = server.listen(stream, owner, f"?from={format_time(now() + timedelta(minutes=2))}")
    append(5)
    told = numbers(listener.events(1))
    if told == [4]:  # "now" is the poll before
        told = numbers(listener.events(1))
    assert told == [5], "from a time to come is from now on"


def test_many_who_listen_share_one_poll_and_each_is_told_everything(server, stream, owner, analyst, append):
    listeners = [server.listen(stream, person) for person in [owner, owner, owner, analyst]]
    for number in range(20):
        append(number)
    assert [numbers(listener.events(20)) for listener in listeners] == [list(range(20))] * 4


def test_a_late_event_within_the_look_back_is_told_once_and_one_beyond_it_is_not(server, stream, owner, append):
    listener = server.listen(stream, owner)
    append(1)
    assert numbers(listener.events(1)) == [1]
    append(2, ago_s=1)
    assert numbers(listener.events(1)) == [2]
    append(3, ago_s=3600)
    append(4)
    assert numbers(listener.events(1)) == [4]
    append(5, ago_s=-3600)
    append(6)
    assert numbers(listener.events(1)) == [6], "an event far ahead is told when its time comes near"


def test_taken_up_after_the_last_event_nothing_is_lost(server, stream, owner, append):
    append(1, ago_s=100)
    listener = server.listen(stream, owner, f"?from={format_time(now() - timedelta(minutes=5))}")
    (first,) = listener.events(1)
    listener.close()
    append(2, ago_s=50)
    append(3)
    listener = server.listen(stream, owner, last_event_id=first["id"])
    append(4)
    assert numbers(listener.events(4)) == [1, 2, 3, 4], "what lies within the look-back may be told again"
    listener = server.listen(stream, owner, last_event_id=first["id"])
    last = listener.events(4)[2]
    listener.close()
    assert numbers(server.listen(stream, owner, last_event_id=last["id"]).events(2))[-2:] in ([2, 3], [3, 4])


def test_a_long_past_and_the_present_meet_without_gap_or_repeat(server, stream, owner, append):
    append(*range(1_700), ago_s=30)
    listener = server.listen(stream, owner, f"?from={format_time(now() - timedelta(minutes=5))}")
    for number in range(1_700, 1_720):
        append(number)
    assert numbers(listener.events(1_720)) == list(range(1_720))


def test_what_was_read_as_the_past_is_not_told_again_as_coming(own_server, stream, owner, append):
    server = own_server(TRIVIUM_LIVE_POLL_S="3")
    early = server.listen(stream, owner)
    append(1)
    late = server.listen(stream, owner, f"?from={format_time(now() - timedelta(minutes=1))}")
    assert numbers(late.events(1)) == [1], "before the tail's next pass, which finds it, too"
    assert numbers(early.events(1)) == [1]
    append(2)
    assert numbers(late.events(1)) == [2]


def test_nothing_to_tell_is_told_by_heartbeats(server, stream, owner):
    listener = server.listen(stream, owner)
    assert [listener.message() for _ in range(3)] == [{"retry": "2000"}, {}, {}]


@pytest.mark.parametrize("is_there", [True, False])
def test_who_may_not_read_gets_a_problem_before_any_stream(server, stream, stranger, is_there):
    path = f"/live/v1/streams/{stream if is_there else 'nothing'}/events"
    answer = server.connect(path, token_of(stranger))
    body = answer.rest()
    assert (answer.status, body["code"], body["status"]) == (404, "not_found", 404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]


def test_who_may_only_append_is_told_so(server, stream, owner, stranger):
    services.change_stream(owner, stream, writers=[stranger.user_id])
    answer = server.connect(f"/live/v1/streams/{stream}/events", token_of(stranger))
    assert (answer.status, answer.rest()["code"]) == (403, "permission_refused")


def test_a_reader_who_is_one_no_more_is_ended(server, stream, owner, stranger):
    services.change_stream(owner, stream, readers=[stranger.user_id])
    listener = server.listen(stream, stranger)
    services.change_stream(owner, stream, readers=[])
    assert listener.end() == "not_found"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/live/v1/streams/{}/events?to=x", {}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events?from=yesterday", {}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events?from=", {}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events?from=2026-01-31T12:00:00Z&from=2026-01-31T12:00:00Z", {}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events", {"last_event_id": "7"}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events", {"last_event_id": "5f1ad3a0-5b4e-4f0e-9c39-0d7c7f6b7a11"}, 400, "invalid_input"),
        ("/live/v1/streams/{}/events", {"last_event_id": "\xff"}, 400, "invalid_input"),
        ("/live/v1/streams/%00/events", {}, 404, "not_found"),
        ("/live/v1/streams/%FF/events", {}, 404, "not_found"),
        ("/live/v1/streams/" + "x" * 4_000 + "/events", {}, 404, "not_found"),
        ("/live/v1/streams/{}/events?from=%FF%00", {}, 400, "invalid_input"),
        ("/live/v1/streams", {}, 404, "not_found"),
        ("/api/v1/streams", {}, 404, "not_found"),
        ("/livez", {"host": "evil.example"}, 400, "invalid_input"),
    ],
)
def test_wrong_requests_are_problems(server, stream, owner, path, headers, status, code):
    answer = server.connect(path.format(stream), token_of(owner), **headers)
    assert (answer.status, answer.rest()["code"]) == (status, code)


@pytest.mark.parametrize("token", ["x", "\xff", "wrong", "ended"])
def test_without_a_good_token_there_is_no_stream(server, stream, owner, token):
    if token == "wrong":
        token = token_of(owner)[:-3] + "xxx"
    if token == "ended":
        token = token_of(owner, lifetime_s=-1)
    answer = server.connect(f"/live/v1/streams/{stream}/events", token)
    assert (answer.status, answer.rest()["code"]) == (401, "authentication_failed")
    assert answer.headers["www-authenticate"] == "bearer"


def test_a_body_is_not_read(server, stream, owner):
    listener = server.listen(stream, owner, content_length="999999999")
    assert listener.message() == {"retry": "2000"}
