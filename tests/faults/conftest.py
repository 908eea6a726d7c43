"""The stored world of tests/api, for a server that runs for real while its stores are frozen."""

import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack.processes import family
from tests.api.conftest import ledger, papers, people, stores, streams, teams  # noqa: F401 - the fixtures of that world

ROUNDS = int(os.environ.get("TRIVIUM_FAULT_ROUNDS", "1"))


@pytest.fixture
def frozen():
    """Stop every process of a server of the suite's own stack for a while; it goes on in any case."""
    pids = Path(os.environ["TRIVIUM_ENV_FILE"]).parent / "pids"

    @contextmanager
    def freeze(server):
        frozen = family(json.loads((pids / f"{server}.json").read_text())["pid"])
        try:
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

    return freeze
