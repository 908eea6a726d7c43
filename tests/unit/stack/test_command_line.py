"""What a person types: `python -m stack …` and `make …`, as they would, in processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from rich.console import Console

from stack.__main__ import _show_answer, status
from stack.command import run_command
from stack.errors import StackError
from stack.layout import Layout
from stack.lifecycle import State
from stack.processes import Process
from stack.servers import Site

ROOT = Path(__file__).resolve().parents[3]
BARE = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


def stack(*words, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-m", "stack", *words], cwd=cwd, env={**BARE, **environment}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copytree(ROOT / "stack", folder / "stack", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def test_a_stack_that_never_ran_is_shown_as_such(clone):
    done = stack("status", cwd=clone)
    assert done.returncode == 3
    assert done.stdout.count("not running") == 8
    assert not (clone / ".stack").exists()


def test_what_make_starts_keeps_what_it_compiled(clone):
    probe = "--eval=probe: ; @python3 -c 'import sys; print(sys.dont_write_bytecode)'"
    given = {**BARE, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(["make", probe, "probe"], cwd=clone, env=given, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_stopping_and_cleaning_what_never_ran_is_fine(clone):
    assert stack("down", cwd=clone).returncode == 0
    assert stack("clean", "--all", cwd=clone).returncode == 0
    assert not (clone / ".stack").exists()


def test_the_logs_of_what_never_ran_are_empty(clone):
    done = stack("logs", "redis", cwd=clone)
    assert done.returncode == 0
    assert "(empty)" in done.stdout


@pytest.mark.parametrize(
    "words", [["frobnicate"], ["up", "--name", "../x"], ["up", "--name", "dist"], ["logs", "oracle"], []]
)
def test_a_wrong_word_is_explained(words):
    done = stack(*words)
    assert done.returncode == 2
    assert "usage: python -m stack" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_without_java_and_maven_gets_one_line(clone, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    (clone / "stack" / "tools.py").write_text(
        (clone / "stack" / "tools.py").read_text().replace('("/usr/lib/jvm", "/usr/java", "/opt/java", "/opt")', "()")
    )
    done = stack("up", "--servers-only", cwd=clone, PATH=str(tools))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "openjdk-17-jdk-headless maven" in done.stderr
    assert stack("status", cwd=clone).stdout.count("not running") == 8


def test_what_the_file_system_refuses_is_one_line(clone):
    (clone / ".stack").write_text("a file where a folder should be")
    done = stack("up", "--servers-only", cwd=clone)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "mend that and run it again" in done.stderr


def test_make_alone_lists_the_words(clone):
    done = subprocess.run(["make"], cwd=clone, env=BARE, capture_output=True, text=True, check=True)
    words = {line.split()[1] for line in done.stdout.splitlines()}
    assert words == {"help", "up", "down", "status", "logs", "clean", "test", "faults", "lint", "bench", "lock"}


def test_looking_at_what_was_never_installed_installs_nothing(clone):
    done = subprocess.run(["make", "status"], cwd=clone, env=BARE, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "make up" in done.stdout
    assert subprocess.run(["make", "down"], cwd=clone, env=BARE, capture_output=True, check=False).returncode == 0
    assert not (clone / ".venv").exists()


def test_a_machine_without_a_new_python_gets_one_line(clone, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "cat", "dirname", "sha256sum"):
        (tools / name).symlink_to(shutil.which(name) or name)
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    script = [str(tools / "bash"), "requirements/install.sh"]
    done = subprocess.run(script, cwd=clone, env={"PATH": str(tools)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "environment: Python 3.11 or newer is needed and none is in PATH: apt-get install python3 python3-venv\n"
    )


def test_a_program_gets_the_variables_over_the_callers_and_its_status_is_the_answer(monkeypatch):
    monkeypatch.setenv("TRIVIUM_POSTGRESQL_URI", "postgresql://production")
    code = "import os, sys; sys.exit(os.environ['TRIVIUM_POSTGRESQL_URI'] == 'mine' and 7)"
    assert run_command([sys.executable, "-c", code], {"TRIVIUM_POSTGRESQL_URI": "mine"}) == 7


def test_a_program_ended_by_a_signal_has_the_shells_status():
    assert run_command(["/bin/sh", "-c", "kill -TERM $$"], {}) == 128 + signal.SIGTERM


def test_sigterm_reaches_the_program():
    code = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    assert run_command([sys.executable, "-c", code], {}) == 128 + signal.SIGTERM


def test_a_program_that_is_not_there_is_one_line():
    with pytest.raises(StackError, match="/nowhere cannot be run: No such file"):
        run_command(["/nowhere"], dict(os.environ))


@pytest.mark.parametrize("has_data", [True, False])
def test_the_build_machine_installs_nothing_that_is_there_and_runs_make_test(tmp_path, has_data):
    clone, tools = tmp_path / "a clone", tmp_path / "bin"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci")
    tools.mkdir()
    for name, line in (
        ("make", 'echo "make $* ${TRIVIUM_REAL_INPUT:-none}"; exit 5'),
        ("apt-get", "exit 99"),
        ("sudo", "exit 99"),
    ):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    if has_data:
        (tmp_path / "shared" / "data").mkdir(parents=True)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        [clone / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.stdout == f"make test {tmp_path / 'shared' / 'data' if has_data else 'none'}\n"
    assert done.returncode == 5


def test_the_whole_reason_why_a_server_is_not_ready_stands_below_the_table(monkeypatch, capsys):
    reason = "/readyz answers 503: " + "a store and its complaint, " * 20 + "the end"
    state = State("API", 8000, Process(os.getpid(), 1), "", reason)
    monkeypatch.setattr("stack.lifecycle.states", lambda _site: [state])
    assert status(Namespace(name="up"), Console(width=120, soft_wrap=True)) == 3
    assert capsys.readouterr().out.splitlines()[-1] == f"API: {reason}"


def test_make_up_names_every_address(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("stack.__main__.ask_mixed_question", lambda _site: ("/somewhere", {}))
    _show_answer(Site(Layout("one", tmp_path), {"api": 1234, "live": 5678}, {}), Console(width=120, soft_wrap=True))
    shown = capsys.readouterr().out
    assert "http://127.0.0.1:1234/api/v1/docs\n" in shown
    assert "http://127.0.0.1:5678/live/v1/\n" in shown
