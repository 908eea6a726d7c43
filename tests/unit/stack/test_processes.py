import os
import signal
import sys
import time
from pathlib import Path

import pytest

from stack.layout import Layout
from stack.lifecycle import open_site
from stack.processes import Launch, find_process, is_alive, launch, stop_process
from stack.state import read_object, write_object

SLEEP = ["/bin/sleep", "600"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)",
]


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def running(note):
    process = find_process(note)
    assert process is not None
    return process


@pytest.fixture
def started(tmp_path):
    note, log = tmp_path / "note.json", tmp_path / "log"

    def start(command=SLEEP, **fields):
        pid = launch(Launch(command, dict(os.environ), **fields), pid_file=note, log=log)
        wait_until(lambda: find_process(note) is not None)
        wait_until(lambda: b"launcher.py" not in Path(f"/proc/{pid}/cmdline").read_bytes())
        return note, log

    yield start
    stop_process(note, by=signal.SIGKILL, timeout_s=5)


def test_a_launched_program_is_found_and_stopped(started):
    note, _ = started()
    process = running(note)
    assert process.age_s < 60
    assert process.memory_bytes > 0
    assert stop_process(note, by=signal.SIGTERM, timeout_s=10)
    assert not is_alive(process.pid)
    assert not note.exists()
    assert not stop_process(note, by=signal.SIGTERM, timeout_s=10)


def test_it_has_a_session_of_its_own_and_outlives_us(started):
    note, _ = started()
    pid = running(note).pid
    assert os.getsid(pid) == pid != os.getsid(0)


def test_what_it_is_told_stands_in_no_command_line(tmp_path):
    note = tmp_path / "note.json"
    pid = launch(Launch(SLEEP, {"PASSWORD": "s3cret"}), pid_file=note, log=tmp_path / "log")
    seen = set()
    while b"600" not in (line := Path(f"/proc/{pid}/cmdline").read_bytes()):
        seen.add(line)
    told = Path(f"/proc/{pid}/environ").read_bytes()
    stop_process(note, by=signal.SIGKILL, timeout_s=5)
    assert not any(b"s3cret" in line for line in seen)
    assert b"PASSWORD=s3cret" in told


def test_its_output_is_appended_to_the_log(started, tmp_path):
    (tmp_path / "log").write_text("before\n")
    note, log = started(["/bin/sh", "-c", "echo out; echo err >&2; pwd; sleep 600"], folder=tmp_path)
    wait_until(lambda: str(tmp_path) in log.read_text())
    assert log.read_text() == f"before\nout\nerr\n{tmp_path}\n"
    assert find_process(note) is not None


def test_a_reused_process_id_is_not_taken_for_ours(started, tmp_path):
    note, _ = started()
    ours = read_object(note)
    other = tmp_path / "other.json"
    write_object(other, {**ours, "started": ours["started"] - 1})
    assert find_process(other) is None
    assert not stop_process(other, by=signal.SIGKILL, timeout_s=1)
    assert is_alive(ours["pid"])


def test_the_processes_of_another_boot_are_not_ours(started):
    note, _ = started()
    ours = read_object(note)
    write_object(note, {**ours, "boot": "another"})
    assert find_process(note) is None
    write_object(note, ours)


@pytest.mark.parametrize("content", ["", "{", '{"pid": "1"}', '{"pid": 1}'])
def test_a_damaged_note_is_nobody(tmp_path, content):
    note = tmp_path / "note.json"
    note.write_text(content)
    assert find_process(note) is None
    assert not stop_process(note, by=signal.SIGKILL, timeout_s=1)


def test_a_program_that_ended_is_not_running_though_nobody_waited_for_it(started):
    note, _ = started()
    pid = running(note).pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: find_process(note) is None)
    assert Path(f"/proc/{pid}").exists()


def test_who_does_not_hear_sigterm_is_killed(started):
    note, log = started(DEAF)
    pid = running(note).pid
    wait_until(log.exists)
    time.sleep(0.3)
    assert stop_process(note, by=signal.SIGTERM, timeout_s=0.3)
    assert not is_alive(pid)


def test_what_a_dead_leader_left_in_its_session_is_ended(started, tmp_path):
    note, log = started(["/bin/sh", "-c", "sleep 600 & echo $!; wait"])
    wait_until(log.read_text)
    worker = int(log.read_text())
    os.kill(running(note).pid, signal.SIGKILL)
    wait_until(lambda: find_process(note) is None)
    assert is_alive(worker)
    stop_process(note, by=signal.SIGKILL, timeout_s=1)
    wait_until(lambda: not is_alive(worker))
    assert not note.exists()


def test_a_program_that_cannot_be_run_says_why_in_the_log(tmp_path):
    log = tmp_path / "log"
    pid = launch(Launch(["/nowhere/server"]), pid_file=tmp_path / "note.json", log=log)
    wait_until(lambda: not is_alive(pid))
    assert "FileNotFoundError" in log.read_text()


def test_the_next_start_ends_what_was_left_behind_before_it_chooses_ports(tmp_path):
    layout = Layout("one", tmp_path)
    layout.make_folders()
    pid = launch(
        Launch(["/bin/sh", "-c", "sleep 600 & echo $!; wait"]), pid_file=layout.pid("api"), log=layout.log("api")
    )
    wait_until(lambda: layout.log("api").exists() and layout.log("api").read_text())
    worker = int(layout.log("api").read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: find_process(layout.pid("api")) is None)
    assert is_alive(worker)
    open_site(layout)
    wait_until(lambda: not is_alive(worker))
    assert not layout.pid("api").exists()
