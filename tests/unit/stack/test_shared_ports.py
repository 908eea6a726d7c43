"""Another program that listens on the port of one of ours, as Linux allows, is noticed; nobody's answer is taken for ours."""

import socket
import threading
from contextlib import contextmanager

import pytest
from rich.console import Console

from stack import steps
from stack.display import Display
from stack.environment import PASSWORDS
from stack.errors import NotReady, ServerFailed
from stack.layout import Layout
from stack.lifecycle import open_site
from stack.processes import find_process, launch, stop_process
from stack.servers import API, Site
from stack.starting import Start

# Opens its port in a process of its own, as the API's workers do, and answers nothing.
LISTEN = """
import os, socket, sys, time
os.fork() and time.sleep(600)
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
server.bind(("127.0.0.1", int(os.environ["TRIVIUM_API_PORT"])))
server.listen()
time.sleep(600)
"""


class Listening(API):
    words = ("-c", LISTEN)
    start_timeout_s = 2.0


@contextmanager
def stranger(port=0):
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    with stranger() as port:
        pass
    ports = dict.fromkeys(("postgresql", "mongodb", "cassandra", "redis", "live"), 1)
    site = Site(Layout("one", tmp_path), {**ports, "api": port}, dict.fromkeys(PASSWORDS, "x"))
    site.layout.make_folders()
    yield Listening(site)
    stop_process(site.layout.pid("api"), by=Listening.stop_signal, timeout_s=5)


def test_an_api_whose_port_another_shares_is_ended_and_takes_another_next_time(server):
    with (
        stranger(server.port),
        pytest.raises(ServerFailed, match=f"API lost its port {server.port} to another program"),
    ):
        Start(server, lambda _text: None, threading.Event()).run()
    assert find_process(server.site.layout.pid("api")) is None


def test_control_alone_on_its_port_it_is_asked_on_and_on(server, monkeypatch):
    monkeypatch.setattr("stack.servers.api.TIMEOUT_S", 0.2)
    with pytest.raises(ServerFailed, match="API runs and does not answer: "):
        Start(server, lambda _text: None, threading.Event()).run()
    assert find_process(server.site.layout.pid("api")) is not None


def test_the_answer_of_another_program_is_not_the_apis(server):
    with stranger(server.port), pytest.raises(NotReady, match="it does not run"):
        server.probe()
    launch(server.prepare(), pid_file=server.site.layout.pid("api"), log=server.site.layout.log("api"))
    with (
        stranger(server.port),
        pytest.raises(NotReady, match=f"another program listens on its port {server.port}, too"),
    ):
        server.probe()


def test_a_port_taken_while_the_servers_started_is_given_up(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(steps, "run_management_command", lambda _site, _command: None)
    monkeypatch.setattr(steps, "start_servers", lambda site, _display, _kinds: started.append(site))
    site = open_site(Layout("one", tmp_path))
    with stranger(site.ports["api"]):
        after = steps.bring_up_application(site, Display(Console(quiet=True)))
    assert started == [after]
    assert after.ports["api"] != site.ports["api"]
    assert after.ports["live"] == site.ports["live"]
    assert f"TRIVIUM_API_PORT={after.ports['api']}\n" in site.layout.env_file.read_text()
