import contextvars
import subprocess
import sys
import threading

import pytest

from core.errors import StoreUnavailable
from query.workers import Workers

WHO_ASKS = contextvars.ContextVar("who_asks", default="nobody")


def test_a_task_runs_on_another_thread_in_the_callers_context():
    WHO_ASKS.set("ada")
    seen = Workers("a").submit(lambda: (WHO_ASKS.get(), threading.current_thread().name)).result(30)
    assert seen == ("ada", "query-a")


def test_what_a_task_raises_is_raised_to_who_waits():
    with pytest.raises(ZeroDivisionError):
        Workers("a").submit(lambda: 1 // 0).result(30)


def test_an_idle_thread_is_used_again():
    workers = Workers("a")
    threads = {workers.submit(threading.get_ident).result(30)}
    for _ in range(20):
        _until(lambda: workers._idle._value == 1)
        threads.add(workers.submit(threading.get_ident).result(30))
    assert len(threads) == 1


def test_as_many_tasks_run_at_once_as_there_are_threads_and_no_more():
    workers = Workers("a", workers=3, waiting=3)
    together, release = threading.Barrier(4, timeout=30), threading.Event()
    running = [workers.submit(lambda: (together.wait(), release.wait(30))) for _ in range(3)]
    together.wait()
    waiting = [workers.submit(lambda: "ran") for _ in range(3)]
    with pytest.raises(StoreUnavailable, match="too many reads wait for the store 'a'"):
        workers.submit(lambda: "refused")
    assert not any(future.done() for future in waiting)
    release.set()
    assert [future.result(30) for future in waiting] == ["ran"] * 3
    assert all(future.result(30) for future in running)
    assert workers.submit(lambda: "again").result(30) == "again"


def test_a_task_that_hangs_does_not_keep_the_process_from_ending():
    program = (
        "import threading; from query.workers import Workers; started = threading.Event();"
        "Workers('a').submit(lambda: (started.set(), threading.Event().wait())); started.wait(30); print('end')"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, "end\n"), run.stderr


def _until(condition):
    for _ in range(30_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("never")
