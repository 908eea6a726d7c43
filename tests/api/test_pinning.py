"""Workers of the API keep to one CPU each where there are as many of them as CPUs, or where that is wished."""

import os
from pathlib import Path

import pytest

from api.pinning import cpus_to_keep_to
from tests.serving import Serving

WORKERS = 2


@pytest.mark.parametrize(
    ("choice", "workers", "is_pinned"),
    [("auto", 3, False), ("auto", 4, True), ("auto", 8, True), ("yes", 1, True), ("no", 4, False)],
)
def test_auto_wants_a_worker_for_each_cpu(monkeypatch, choice, workers, is_pinned):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {7, 2, 5, 4})
    assert cpus_to_keep_to(choice, workers=workers) == ([2, 4, 5, 7] if is_pinned else [])


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpus_of_threads(pid):
    return {frozenset(os.sched_getaffinity(int(thread.name))) for thread in Path(f"/proc/{pid}/task").iterdir()}


def places_of_workers(choice, folder):
    serving = Serving(folder / "api.log", API_WORKERS=WORKERS, API_PIN_WORKERS=choice)
    try:
        serving.ask("/readyz")
        return [cpus_of_threads(child) for child in children_of(serving.process.pid)]
    finally:
        serving.end()


def test_every_thread_of_a_worker_keeps_to_its_cpu(stores, tmp_path):
    cpus = sorted(os.sched_getaffinity(0))
    expected = [{frozenset({cpus[number % len(cpus)]})} for number in range(WORKERS)]
    assert sorted(places_of_workers("yes", tmp_path), key=repr) == sorted(expected, key=repr)


def test_control_without_it_they_run_where_the_system_likes(stores, tmp_path):
    assert places_of_workers("no", tmp_path) == [{frozenset(os.sched_getaffinity(0))}] * WORKERS
