import socket

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.lifecycle import clean, open_site, read_site, start_servers, states, stop_all
from stack.processes import find_process
from stack.servers import Redis


def connect(server):
    return redis.Redis.from_url(describe_environment(server.site.passwords, server.site.ports)["TRIVIUM_REDIS_URI"])


def test_it_answers_its_password_only(up):
    server = up(Redis)
    with connect(server) as client:
        assert client.ping()
    with redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_a_second_start_finds_the_first(layout, display):
    site = open_site(layout)
    start_servers(site, display, [Redis])
    first = find_process(layout.pid("redis"))
    start_servers(open_site(layout), display, [Redis])
    assert first is not None
    assert find_process(layout.pid("redis")) == first
    assert open_site(layout) == site


def test_what_it_holds_survives_a_stop(up, layout, display):
    with connect(up(Redis)) as client:
        client.set("kept", "7")
    stop_all(layout, display)
    assert find_process(layout.pid("redis")) is None
    with connect(up(Redis)) as client:
        assert client.get("kept") == b"7"


def test_a_port_that_was_taken_meanwhile_is_left_to_its_new_holder(up, layout, display):
    port = up(Redis).port
    stop_all(layout, display)
    with socket.create_server(("127.0.0.1", port)):
        server = up(Redis)
        assert server.port != port
        assert f":{server.port}/" in layout.env_file.read_text()
        assert server.probe()


def test_another_server_on_its_port_is_not_taken_for_it(up, layout):
    server = up(Redis)
    stranger = Redis(type(server.site)(layout, server.site.ports, {**server.site.passwords, "redis": "other"}))
    with pytest.raises(NotReady, match="invalid username-password"):
        stranger.probe()


def test_the_state_of_each_is_told(up, layout, display):
    up(Redis)
    shown = {state.title: state for state in states(read_site(layout))}
    assert shown["Redis"].trouble == ""
    assert shown["Redis"].version.startswith("6.")
    assert {title for title, state in shown.items() if state.trouble == "not running"} == {
        "PostgreSQL", "MongoDB", "Cassandra", "API", "Live", "Relay", "Worker",
    }  # fmt: skip
    clean(layout, display)
    assert all(state.trouble == "not running" for state in states(read_site(layout)))


def test_one_stack_never_touches_another(up, layout, display):
    up(Redis)
    other = type(layout)("other", layout.root)
    start_servers(open_site(other), display, [Redis])
    clean(other, display)
    assert not other.home.exists()
    assert find_process(layout.pid("redis")) is not None
