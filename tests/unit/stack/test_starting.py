import threading
from dataclasses import dataclass

import pytest

from stack.errors import NotReady, ServerFailed
from stack.layout import Layout
from stack.processes import Launch, find_process, launch, stop_process
from stack.servers.base import Server, Site
from stack.starting import Start, tail, turn_log


@dataclass
class Script(Server):
    """A server that is one line of shell and answers once its log says so."""

    site: Site
    line: str
    name = "script"
    title = "Script"
    usual_port = 0
    start_timeout_s = 1.5

    def check_tools(self):
        """Need nothing."""

    def prepare(self):
        return Launch(["/bin/sh", "-c", self.line], {"PATH": "/usr/bin:/bin"})

    def probe(self):
        if "ready" not in tail(self.site.layout.log(self.name)):
            raise NotReady("not a word yet")
        return "1.0"


@pytest.fixture
def run(tmp_path):
    site = Site(Layout("one", tmp_path), {"script": 1}, {})
    site.layout.make_folders()
    said: list[str] = []

    def start(line):
        version = Start(Script(site, line), said.append, threading.Event()).run()
        return version, said

    yield start
    stop_process(site.layout.pid("script"), by=Script.stop_signal, timeout_s=5)


def test_a_server_is_started_and_waited_for(run):
    assert run("sleep 0.3; echo ready; sleep 600") == ("1.0", ["preparing", "starting"])


def test_a_server_that_runs_is_found(run, tmp_path):
    run("echo ready; sleep 600")
    note = Layout("one", tmp_path).pid("script")
    before = find_process(note)
    assert run("echo never started; exit 1")[0] == "1.0"
    assert find_process(note) == before


def test_a_server_that_dies_is_reported_with_the_end_of_its_log(run, tmp_path):
    Layout("one", tmp_path).log("script").write_text("an older word\n")
    with pytest.raises(ServerFailed, match=r"Script died at its start.*script\.log") as caught:
        run("for i in $(seq 40); do echo line $i; done; echo the reason >&2; exit 3")
    assert caught.value.detail.endswith("line 40\nthe reason")
    assert "an older word" not in caught.value.detail
    assert len(caught.value.detail.splitlines()) == 15


def test_only_what_this_start_wrote_is_shown(run, tmp_path):
    Layout("one", tmp_path).log("script").write_text("an older word\n")
    with pytest.raises(ServerFailed) as caught:
        run("echo the reason; exit 3")
    assert caught.value.detail == "the reason"


def test_a_server_that_never_answers_is_reported_with_the_reason(run):
    with pytest.raises(ServerFailed, match="Script runs and does not answer: not a word yet"):
        run("echo still busy; sleep 600")


def test_a_long_log_is_turned(tmp_path, monkeypatch):
    monkeypatch.setattr("stack.starting.MAX_LOG_BYTES", 10)
    log = tmp_path / "a.log"
    assert turn_log(log) == 0
    log.write_text("short")
    assert turn_log(log) == 5
    log.write_text("long enough to be turned")
    assert turn_log(log) == 0
    assert not log.exists()
    assert (tmp_path / "a.log.1").read_text() == "long enough to be turned"


def test_a_found_server_that_ends_while_it_is_asked_is_started(tmp_path):
    site = Site(Layout("one", tmp_path), {"script": 1}, {})
    site.layout.make_folders()
    note = site.layout.pid("script")
    found: list[object] = []

    class Ending(Script):
        def probe(self):
            if not found:
                found.append(find_process(note))
                stop_process(note, by=Script.stop_signal, timeout_s=5)
            if find_process(note) is None:
                raise NotReady("it ended while it was asked")
            return super().probe()

    server = Ending(site, "echo ready; sleep 600")
    launch(server.prepare(), pid_file=note, log=site.layout.log("script"))
    assert Start(server, lambda _text: None, threading.Event()).run() == "1.0"
    assert find_process(note) not in [None, *found]
    stop_process(note, by=Script.stop_signal, timeout_s=5)
