"""schemathesis asks every operation, rightly and wrongly: no 5xx, and every answer is as the description says.

Its data are made from the description with a fixed seed; it knows of nobody's things, so that most of what it names is
not there. What it finds in a run of thousands of requests: `make test ARGS='-k schemathesis'` with more examples.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import OPERATOR, log_in

CONSUMER = {"username": "connie", "password": "correct horse battery"}
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
]
EXAMPLES = 6
SEED = 20260131


@pytest.fixture(scope="module")
def consumer(server, stores, django_db_blocker):
    from relational import services

    with django_db_blocker.unblock():
        services.create_user(CONSUMER["username"], password=CONSUMER["password"])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", [CONSUMER, OPERATOR], ids=lambda who: who["username"])
def test_every_operation_answers_as_described(server, consumer, who, tmp_path):
    token = log_in(server, who["username"], who["password"])
    command = [
        Path(sys.executable).parent / "schemathesis", "run", f"{server}/api/v1/schema",
        "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--phases", "fuzzing",
        "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--generation-allow-x00", "false",
        "--generation-deterministic", "--generation-database", "none", "--continue-on-failure", "--no-color", "--no-shrink",
        "--suppress-health-check", "all", "--workers", "2", "--request-timeout", "30",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ})
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert re.search(r"(\d{3,}) generated|(\d{3,}) test cases", run.stdout), run.stdout[-2_000:]
