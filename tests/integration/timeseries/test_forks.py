"""A forked child opens a session of its own, leaves its parent's alone, and ends without harm to it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from core.principals import Principal, Role
from tests.children import run_in_child
from timeseries import selectors, services, session
from timeseries.models import StreamRecord

from .conftest import stored

ROOT = Path(__file__).resolve().parents[3]
ADMIN = Principal(uuid4(), Role.ADMIN)
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


def append(stream, client_id):
    return stored(services.append_events(ADMIN, stream, [{"time": "2026-01-01T00:00:00Z", "id": client_id}]))


def test_a_child_opens_its_own_session_and_the_parent_keeps_its(make_stream):
    name = make_stream()
    append(name, "parent")
    parents = session.driver_session()

    def child():
        assert session._door.session is None
        append(name, f"child {os.getpid()}")
        assert list(StreamRecord.objects.filter(directory=0, name=name))
        assert session.driver_session() is not parents
        session.close()

    assert [run_in_child(child) for _ in range(3)] == [0, 0, 0]
    assert session.driver_session() is parents
    assert selectors.count_events(name) == 4


def test_control_a_session_taken_over_a_fork_is_noticed(make_stream):
    """What the hook prevents: with the parent's session put back nobody hears the answer, nor the timeout."""
    parents = session.driver_session()

    def child():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(3)
        session._door.session = parents
        session.server_version(timeout_s=1.0)

    assert run_in_child(child) == -signal.SIGALRM


def test_a_lock_held_by_another_thread_at_the_fork_does_not_stop_the_child(make_stream):
    name, held, release = make_stream(), threading.Event(), threading.Event()

    def hold():
        with session._door.lock:
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        assert run_in_child(lambda: append(name, "child")) == 0
    finally:
        release.set()
        holder.join()


def test_a_pool_of_forked_processes_each_with_its_own(make_stream):
    name = make_stream()
    append(name, "parent")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        written = pool.starmap(append, [(name, str(number)) for number in range(10)])
    assert len({event for events in written for event in events}) == 10
    assert selectors.count_events(name) == 11


SCRIPT = """
import os, sys, django
django.setup()
from timeseries import session
version = session.server_version(timeout_s=20)
child = os.fork()
if child == 0:
    assert session.server_version(timeout_s=20) == version
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert session.server_version(timeout_s=20) == version
print("parent goes on")
"""


def test_a_childs_ordinary_exit_does_not_shut_the_parents_session_down():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "parent goes on", "")


@pytest.mark.parametrize(
    "arguments", [["check"], ["makemigrations", "--help"], ["check", "--database", "timeseries"]], ids=" ".join
)
def test_a_command_that_needs_no_events_does_not_even_connect(arguments):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        uri = f"cassandra://127.0.0.1:{server.getsockname()[1]}/trivium"
        environment = {**os.environ, "TRIVIUM_CASSANDRA_URI": uri}
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        with pytest.raises(BlockingIOError):
            server.accept()
