"""The server that these journeys travel to, and the client that openapi-python-client makes from what it serves."""

import importlib
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from core.principals import Role
from relational import services
from tests.api.conftest import _empty_stores
from tests.serving import Serving, databases_of_tests

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = {"username": "operator", "password": "battery correct horse"}
ORIGIN = "https://app.example"


@pytest.fixture(scope="package")
def stores(django_db_setup, django_db_blocker):
    """The test databases, emptied before and after; an operator is in them."""
    with django_db_blocker.unblock():
        _empty_stores()
        services.create_user(OPERATOR["username"], password=OPERATOR["password"], role=Role.OPERATOR)
        yield
        _empty_stores()


@pytest.fixture(scope="package")
def server(stores, tmp_path_factory):
    """The address of a server with limits too high to be met, that a page of ORIGIN may call."""
    limits = dict.fromkeys(("RATE_LIMIT", "RATE_LIMIT_ANONYMOUS", "RATE_LIMIT_LOG_IN"), "100000/s")
    serving = Serving(tmp_path_factory.mktemp("journeys") / "api.log", CORS_ORIGINS=ORIGIN, **limits)
    yield f"http://localhost:{serving.port}"
    serving.end()


@pytest.fixture(scope="package")
def made_client(server, tmp_path_factory):
    """The generated package; a warning of the generator is an error."""
    folder = tmp_path_factory.mktemp("generated")
    programs = Path(sys.executable).parent
    (folder / "schema.json").write_text(json.dumps(without_line_bodies(server)))
    subprocess.run(
        [programs / "openapi-python-client", "generate", "--path", folder / "schema.json", "--meta", "none",
         "--output-path", folder / "generated_client", "--fail-on-warning"],
        check=True, env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}, cwd=folder,
    )  # fmt: skip
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_client")
    sys.path.remove(str(folder))


def without_line_bodies(server):
    """Fetch the description, and take out bodies of NDJSON: the generator's code cannot choose between two kinds."""
    with urllib.request.urlopen(f"{server}/api/v1/schema") as answer:
        description = json.load(answer)
    for path in description["paths"].values():
        for operation in path.values():
            operation.get("requestBody", {"content": {}})["content"].pop("application/x-ndjson", None)
    return description


@pytest.fixture(scope="package")
def relay(stores):
    """Deliver what the outbox holds, in a process of its own."""

    def deliver():
        subprocess.run(
            [sys.executable, "manage.py", "relay", "--once"],
            cwd=ROOT, env={**os.environ, **databases_of_tests()}, check=True, capture_output=True,
        )  # fmt: skip

    return deliver


def log_in(server, username, password):
    """Return an access token."""
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(
        f"{server}/api/v1/auth/token", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access"]
