"""A store that refuses connections, and one that takes them and never answers: what a process that meets it says."""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.db import connections

VARIABLES = {
    "default": "TRIVIUM_POSTGRESQL_URI",
    "documents": "TRIVIUM_MONGODB_URI",
    "timeseries": "TRIVIUM_CASSANDRA_URI",
}
PROGRAM = """
import json, os, sys, time
import django
django.setup()
from core.deadlines import Deadline
from core.errors import TriviumError
from core.principals import Principal, Role
from query.engine import expand_users
from query.language import parse_expansions
from tests.integration.query.conftest import LINKS
from uuid import UUID

analyst, user = map(UUID, sys.argv[1:])
deadline = Deadline(6.0)
try:
    answer = expand_users(
        Principal(analyst, Role.ANALYST), [user], parse_expansions("accounts,documents,events"), deadline, links=LINKS
    )
    expanded = answer.users[0].expanded
    said = {
        "gaps": [[gap.source, gap.expansion, gap.code, gap.retryable] for gap in answer.gaps],
        "messages": [gap.message for gap in answer.gaps],
        "counts": {name: None if items is None else len(items.items) for name, items in expanded.items()},
    }
except TriviumError as error:
    said = {"error": error.code}
print(json.dumps(said))
"""


@contextmanager
def refusing_port():
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def silent_port():
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


def answer_without(store, port, people):
    """Ask in a process of its own, whose address of one store leads to the port."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", **stores_of_tests()}
    variable = VARIABLES[store]
    environment[variable] = re.sub(r"(@[^:/]+):\d+", rf"\g<1>:{port}", environment[variable])
    users = [str(people[name].user_id) for name in ("analyst", "user05")]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *users],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def stores_of_tests():
    """The stores' addresses, with the names of the tests' databases."""
    return {
        variable: re.sub(r"(@[^/]+)/[^?]+", rf"\g<1>/{connections[store].settings_dict['NAME']}", os.environ[variable])
        for store, variable in VARIABLES.items()
    }


COUNTS = {"accounts": 1, "documents": 1, "events": 1}


@pytest.mark.parametrize("broken", [refusing_port, silent_port])
@pytest.mark.parametrize(("store", "expansion"), [("documents", "documents"), ("timeseries", "events")])
def test_an_optional_store_that_is_lost_is_a_gap(people, store, expansion, broken):
    with broken() as port:
        said = answer_without(store, port, people)
    ((source, missing, code, retryable),) = said["gaps"]
    assert (source, missing, retryable) == (store, expansion, True)
    assert code in ("store_unavailable", "store_timeout")
    assert said["counts"] == {**COUNTS, expansion: None}
    assert "127.0.0.1" not in said["messages"][0]


@pytest.mark.parametrize("broken", [refusing_port, silent_port])
def test_the_required_store_that_is_lost_is_an_error(people, broken):
    with broken() as port:
        said = answer_without("default", port, people)
    assert said["error"] in ("store_unavailable", "store_timeout")


def test_control_with_every_store_nothing_is_missing(people):
    (port,) = re.findall(r"@[^:/]+:(\d+)", os.environ[VARIABLES["documents"]])
    assert answer_without("documents", port, people) == {"gaps": [], "messages": [], "counts": COUNTS}
