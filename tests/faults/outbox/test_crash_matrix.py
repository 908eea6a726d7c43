"""kill -9 at every named crash point, and at random moments: nothing is lost, nothing is there twice, in any store."""

import random
import re
import time

import pytest

from routers import PROJECT_ROOT
from tests.faults.outbox.checking import discrepancies, left_over
from tests.faults.outbox.delivering import drain_for_ever
from tests.faults.outbox.processes import KILLED, end_of, has_ended, kill, run_child, start_child, wait_until
from tests.faults.outbox.writing import Run, write

pytestmark = pytest.mark.usefixtures("stores", "relays")

POINT = re.compile(r"""crash_point\(\s*["']([\w.]+)["']""")
# Where whoever writes dies, with what an API process would do; and where a relay does.
WRITERS = [
    "ledger.before_commit",
    "ledger.after_commit",
    "collections.intent_left",
    "collections.change_made",
    "collections.change_confirmed",
    "documents.backing_made",
    "documents.declaration_stored",
    "documents.collection_condemned",
]
RELAYS = [
    "relay.lanes_held",
    "relay.batch_taken",
    "events.actor_rows_written",
    "relay.topic_delivered",
    "relay.topic_settled",
    "relay.lanes_released",
]


def check(run):
    """Wait until the relays that go on have delivered everything, and compare the stores."""
    wait_until(lambda: not left_over(run), what=f"the delivery of {left_over(run)[:3]}")
    assert discrepancies(run) == []


@pytest.mark.parametrize("point", WRITERS)
def test_a_writer_dies(point):
    run = Run.new(transactions=4)
    assert run_child(lambda: write(run), crash_at=point) == KILLED
    assert run_child(lambda: write(run)) == 0
    check(run)


@pytest.mark.parametrize("point", RELAYS)
def test_a_relay_dies_and_others_take_over(point):
    relay = start_child(drain_for_ever, crash_at=point)
    runs: list[Run] = []
    while not has_ended(relay):
        assert len(runs) < 20
        runs.append(Run.new(transactions=6, has_collections=False))
        write(runs[-1])
        time.sleep(0.2)
    assert end_of(relay) == KILLED
    for run in [*runs, Run.new(transactions=2)]:
        write(run)
        check(run)


@pytest.mark.parametrize("seed", [1, 2])
def test_writers_and_relays_die_at_any_moment(seed):
    choice = random.Random(seed)
    run = Run.new(transactions=30)
    writer, relay = start_child(lambda: write(run)), start_child(drain_for_ever)
    for _ in range(8):
        time.sleep(choice.uniform(0.05, 0.6))
        if choice.random() < 0.5:
            kill(relay)
            relay = start_child(drain_for_ever)
        else:
            kill(writer)
            writer = start_child(lambda: write(run))
    assert end_of(writer) == 0
    kill(relay)
    check(run)


# tests/faults/exports, tests/integration/jobs/test_workers.py
OTHER_MATRICES = ("exports.", "worker.")


def test_the_matrix_has_every_point_of_the_source():
    named = [
        name
        for room in PROJECT_ROOT.iterdir()
        if (room / "__init__.py").is_file() and room.name != "tests"
        for path in room.rglob("*.py")
        for name in POINT.findall(path.read_text())
        if not name.startswith(OTHER_MATRICES)
    ]
    assert sorted(named) == sorted(WRITERS + RELAYS)
