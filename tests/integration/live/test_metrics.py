"""What Prometheus reads of a live process: its connections, events and requests; nothing for strangers."""

import re
import time

from .test_access_log import line_of

TOKEN = "a-long-token-of-prometheus"
ROUTE = "/live/v1/streams/{stream}/events"


def numbers_of(server, **headers):
    """Map each series to its value."""
    answer = server.connect("/metrics", **headers)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.file.read(int(answer.headers["content-length"])).decode()
    return {series: float(value) for series, value in re.findall(r"^([^# ]\S*|[^#]\S*{.*}) (\S+)$", text, re.MULTILINE)}


def requests(numbers, status):
    labels = f'method="GET",route="{ROUTE}",status="{status}"'
    return numbers.get(f"trivium_requests_total{{{labels}}}", 0)


def test_connections_events_and_requests_are_counted(own_server, stream, owner, append):
    server = own_server()
    listeners = [server.listen(stream, owner) for _ in range(2)]
    append(1, 2, 3)
    for listener in listeners:
        listener.events(3)
    assert server.connect(ROUTE.format(stream=stream)).status == 401
    found = numbers_of(server)
    assert found["trivium_live_connections"] == 2
    assert found["trivium_live_events_sent_total"] == 6
    assert (requests(found, 200), requests(found, 401)) == (2, 1)
    assert found["process_resident_memory_bytes"] > 0
    listeners[0].close()
    for _ in range(100):
        if numbers_of(server)["trivium_live_connections"] == 1:
            break
        time.sleep(0.1)
    assert numbers_of(server)["trivium_live_connections"] == 1


def test_ends_are_counted_by_why(own_server, stream, owner):
    server = own_server()
    assert server.listen(stream, owner, lifetime_s=2).end() == "token_ended"
    assert numbers_of(server)['trivium_live_ends_total{code="token_ended"}'] == 1


def test_addresses_make_no_series(server):
    server.connect("/nowhere/0")
    server.connect("/livez", method="BREW0")
    numbers_of(server)  # which counts itself
    before = numbers_of(server).keys()
    for number in range(1, 10):
        server.connect(f"/nowhere/{number}?a={number}")
        server.connect("/livez", method=f"BREW{number}")
    assert numbers_of(server).keys() == before


def test_through_a_proxy_there_is_no_such_address(server):
    answer = server.connect("/metrics", x_forwarded_for="127.0.0.1", x_request_id="mine-metrics")
    assert (answer.status, answer.rest()["code"]) == (404, "not_found")
    assert line_of(server, "mine-metrics")["route"] == "/metrics"
    assert server.connect("/metrics", method="POST").status == 405


def test_with_a_token_it_alone_counts(own_server):
    server = own_server(TRIVIUM_METRICS_TOKEN=TOKEN)
    assert server.connect("/metrics").status == 404
    assert server.connect("/metrics", f"{TOKEN}x").status == 404
    answer = server.connect("/metrics", TOKEN, x_forwarded_for="192.0.2.7")
    assert answer.status == 200
