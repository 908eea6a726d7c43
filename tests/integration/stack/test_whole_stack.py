"""What `make up` starts, all of it, in a clone of its own: API, live, relay and worker answer each in its way, and end well."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from stack.layout import ROOT, Layout
from stack.state import read_object

NAME = "whole"
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "tests", "benchmarks", "staticfiles", "node_modules")
PERSON = {"username": "ada", "email": "ada@example.com", "password": "a long walk by the lake"}
PATIENCE_S = 60


class Clone:
    """The product's files in another folder, and its stack."""

    def __init__(self, root):
        self.layout = Layout(NAME, root)

    def stack(self, word):
        """Run `python -m stack WORD` as the Makefile does; return the exit status and everything it wrote."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(("TRIVIUM_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "-m", "stack", word, "--name", NAME], cwd=self.layout.root, env={**others, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
        )  # fmt: skip
        return done.returncode, done.stdout

    def address(self, server):
        return f"http://127.0.0.1:{read_object(self.layout.ports_file)[server]}"

    def lines(self, server):
        """What a process of ours logged as JSON."""
        return [json.loads(line) for line in self.layout.log(server).read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def clone(tmp_path):
    root = tmp_path / "clone"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    (root / ".stack").mkdir()
    (root / ".stack" / "dist").symlink_to(ROOT / ".stack" / "dist")
    made = Clone(root)
    yield made
    assert made.stack("clean")[0] == 0


def ask(url, body=None, *, token=""):
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=PATIENCE_S) as answer:
        return json.load(answer)


def ask_until_there(url, token):
    """Ask until it is no 404 any more."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            return ask(url, token=token)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 404:
                raise
        time.sleep(0.2)
    raise AssertionError(f"{url} does not come")


@contextmanager
def listening(url, token):
    """Listen to a stream; yields what returns the next event."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        yield lambda: json.loads(next(line for line in answer if line.startswith(b"data: "))[6:])


@pytest.mark.timeout(400)
def test_everything_starts_answers_and_ends(clone):
    status, said = clone.stack("up")
    assert status == 0, said
    api, live = clone.address("api"), clone.address("live")
    assert {f"API    {api}/api/v1/", f"Live   {live}/live/v1/"} <= set(said.splitlines())
    status, said = clone.stack("status")
    assert (status, said.count(" answers ")) == (0, 8), said

    user = ask(f"{api}/api/v1/auth/register", PERSON)
    token = ask(f"{api}/api/v1/auth/token", {name: PERSON[name] for name in ("username", "password")})["access"]
    profile = ask_until_there(f"{api}/api/v1/collections/user-profiles/documents/{user['id']}", token)
    assert profile["fields"]["username"] == "ada"
    ask(f"{api}/api/v1/streams", {"name": "walks", "retention": "forever"}, token=token)
    with listening(f"{live}/live/v1/streams/walks/events", token) as next_event:
        event = {"time": datetime.now(UTC).isoformat(), "kind": "walk", "payload": {"place": "lake"}}
        ask(f"{api}/api/v1/streams/walks/events", [event], token=token)
        assert next_event()["payload"] == {"place": "lake"}

    assert clone.stack("down")[0] == 0
    status, said = clone.stack("status")
    assert (status, said.count("not running")) == (3, 8), said
    started, *_, ended = clone.lines("relay")
    assert (started["event"], ended["event"]) == ("relay started", "relay ended")
    assert started["relay"] == ended["relay"]
    assert ended["delivered"] >= 1
    started, *_, ended = clone.lines("worker")
    assert (started["event"], ended["event"]) == ("worker started", "worker ended")
