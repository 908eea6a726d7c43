"""How the suite is shared out between two processes: whole files in their order, each test once, and alone what must be."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import Producer

from tests.scheduling import ALONE, RUN_WHOLE, InTwoProcesses, portion_of

ROOT = Path(__file__).resolve().parents[3]
FROZEN = min(ALONE)
FILES = {"tests/unit/a.py": 5, "tests/unit/b.py": 1, "tests/journeys/c.py": 3, "tests/journeys/d.py": 3, FROZEN: 2}
TESTS = [f"{file}::test_{number}" for file, count in FILES.items() for number in range(count)]
CONFIG: Any = SimpleNamespace(getvalue=lambda _: ["2*popen"], option=SimpleNamespace())


class Process:
    """What the scheduler sees of one: it runs a test when it knows the next one, or that there is none, and then ends."""

    def __init__(self):
        self.given: list[int] = []
        self.done = 0
        self.gateway = SimpleNamespace(id="a process")
        self.shutting_down = self.has_ended = False

    def send_runtest_some(self, places):
        assert not self.shutting_down
        self.given += places

    def shutdown(self):
        self.shutting_down = True

    def step(self, scheduler):
        left = len(self.given) - self.done
        if left > 1 or (left and self.shutting_down):
            self.done += 1
            scheduler.mark_test_complete(self, self.given[self.done - 1])
        elif self.shutting_down and not self.has_ended:
            self.has_ended = True
            if self in scheduler.nodes:
                assert scheduler.remove_node(self) is None
        if scheduler.tests_finished:
            for process in scheduler.nodes:
                process.shutdown()


class Run:
    """Tests that are shared out between two processes, of which the second is slow."""

    def __init__(self, tests):
        self.tests = tests
        self.scheduler = InTwoProcesses(CONFIG, Producer("tests", enabled=False))
        self.processes: list[Any] = [Process(), Process()]
        for process in self.processes:
            self.add(process)
        self.scheduler.schedule()

    def add(self, process):
        self.scheduler.add_node(process)
        self.scheduler.add_node_collection(process, self.tests)

    def go_on(self, steps, patience):
        for number in range(steps):
            for process in self.processes if number % patience == 0 else self.processes[:1]:
                process.step(self.scheduler)
                self.check_alone()

    def check_alone(self):
        alone = [process for process in self.processes if "alone" in map(portion_of, self.files(process))]
        assert (
            all(process.has_ended or not process.given for process in self.processes if [process] != alone) or not alone
        )

    def files(self, process):
        return [self.tests[place].partition("::")[0] for place in process.given]

    def ran(self):
        assert {process.has_ended for process in self.processes} == {True}
        return [[self.tests[place] for place in process.given[: process.done]] for process in self.processes]


@pytest.mark.parametrize("patience", [1, 2, 9])
@pytest.mark.parametrize(
    "tests",
    [TESTS, TESTS[:6], TESTS[6:], TESTS[5:7], TESTS[-3:], TESTS[-2:]],
    ids=lambda tests: f"{tests[0]} and {len(tests) - 1} more",
)
def test_each_test_runs_once_in_its_order_with_its_file(tests, patience):
    run = Run(tests)
    run.go_on(1000, patience)
    one, other = run.ran()
    assert sorted(one + other) == sorted(tests)
    portions = [set(map(portion_of, run.files(process))) for process in run.processes]
    assert not portions[0] & portions[1]
    for part in (one, other):
        assert part == [test for test in tests if test in part]


@pytest.mark.parametrize("steps", range(1, 6))
def test_when_a_process_dies_its_tests_run_before_what_runs_alone(steps):
    run = Run(TESTS)
    run.go_on(steps, patience=2)
    dead = run.processes.pop(0)
    assert not dead.has_ended
    run.scheduler.remove_node(dead)
    run.processes.append(Process())
    run.add(run.processes[-1])
    run.scheduler.schedule()
    run.go_on(1000, patience=2)
    done = [TESTS[place] for place in dead.given[: dead.done]]
    assert sorted(sum(run.ran(), done)) == sorted(TESTS)


def test_what_is_named_is_there():
    assert [name for name in [*ALONE, *RUN_WHOLE] if not (ROOT / name).exists()] == []
    assert portion_of("tests/integration/live/test_tail.py") == "tests/integration/live"
    assert portion_of("tests/api/test_drain.py") == "tests/api/test_drain.py"
