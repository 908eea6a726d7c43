import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stack.demo import ask_mixed_question, shorten
from stack.environment import PASSWORDS
from stack.errors import NotReady, StackError
from stack.layout import Layout
from stack.servers import API, Site


@contextmanager
def serving(answers):
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((self.command, self.path, self.headers.get("Authorization"), body))
            status, value = answers[self.path]
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the base class calls these names

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield (
                Site(
                    Layout("up"),
                    {**dict.fromkeys(PASSWORDS, 1), "api": server.server_port},
                    dict.fromkeys(PASSWORDS, "pw"),
                ),
                seen,
            )
        finally:
            server.shutdown()
            thread.join()


ANSWERS = {
    "/api/v1/auth/token": (200, {"access": "t0ken", "refresh": "r"}),
    "/api/v1/users/me": (200, {"id": "7"}),
    "/api/v1/users/7?expand=accounts,transactions,documents,events": (200, {"id": "7", "accounts": [1, 2, 3]}),
    "/readyz": (200, {}),
}


def test_the_mixed_answer_is_asked_as_the_demo_user():
    with serving(ANSWERS) as (site, seen):
        path, answer = ask_mixed_question(site)
    assert path == "/api/v1/users/7?expand=accounts,transactions,documents,events"
    assert answer["accounts"] == [1, 2, 3]
    assert json.loads(seen[0][3]) == {"username": "demo", "password": "pw"}
    assert [authorization for _, _, authorization, _ in seen] == [None, "Bearer t0ken", "Bearer t0ken"]


def test_a_refusal_is_one_line_that_says_what_was_answered():
    with (
        serving({**ANSWERS, "/api/v1/auth/token": (401, {"title": "no"})}) as (site, _),
        pytest.raises(StackError, match='answers 401 to .*auth/token: {"title": "no"}; see make logs ARGS=api'),
    ):
        ask_mixed_question(site)


def test_no_answer_is_one_line():
    with serving(ANSWERS) as (site, _):
        pass
    with pytest.raises(StackError, match="does not answer"):
        ask_mixed_question(site)


@pytest.fixture
def nobody_launched(monkeypatch):
    monkeypatch.setattr(API, "check_port", lambda _self: None)


@pytest.mark.usefixtures("nobody_launched")
def test_the_api_is_ready_when_it_says_so():
    with serving(ANSWERS) as (site, _):
        assert API(site).probe() == "0.1.0"


@pytest.mark.usefixtures("nobody_launched")
def test_the_api_is_not_ready_while_a_store_is_not():
    with (
        serving({"/readyz": (503, {"cassandra": "down"})}) as (site, _),
        pytest.raises(NotReady, match="503.*cassandra"),
    ):
        API(site).probe()


def test_long_lists_are_shortened_for_showing():
    assert shorten({"a": [1, 2, 3, 4], "b": [[1, 2, 3]], "c": "x"}) == {
        "a": [1, 2, "… 2 more"],
        "b": [[1, 2, "… 1 more"]],
        "c": "x",
    }
