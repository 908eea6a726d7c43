"""The harness measures what it says: CPU of a process tree, answers of a server, rounds in turn."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat

import pytest

from benchmarks.driving import CONNECTIONS, WrongAnswer, ask, drive, http_request
from benchmarks.processes import ServerDied, cpu_seconds, free_port, running

BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
BURN_IN_A_CHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])"


ASKED: list[str] = []


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        ASKED.append(self.path)
        is_wrong = self.path == "/wrong"
        body = b'{"results": []}'
        self.send_response(500 if is_wrong else 200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:4], body[4:], b""):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A driver that gives up hangs up: that is no error of the server's."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Answer) as server:
        ASKED.clear()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("program", [BURN, BURN_IN_A_CHILD])
def test_cpu_counts_the_process_and_what_it_started(program):
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert cpu_seconds(process.pid) >= 0.25
        process.communicate(b"\n")


@pytest.mark.parametrize("path", ["/", "/chunked"])
def test_an_answer_is_read_whole(server, path):
    assert ask(server.server_port, http_request("GET", path)) == b'{"results": []}'


def test_the_driver_counts_every_answer(server):
    answers, seconds = drive(server.server_port, repeat(http_request("GET", "/")), seconds=0.2)
    assert answers == len(ASKED) >= CONNECTIONS
    assert seconds >= 0.2


def test_a_wrong_answer_ends_the_measurement(server):
    with pytest.raises(WrongAnswer, match="500"):
        drive(server.server_port, repeat(http_request("GET", "/wrong")), seconds=0.2)


def test_a_server_that_does_not_come_up_is_told_with_what_it_said(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.processes.LOGS", tmp_path)
    command = [sys.executable, "-c", "print('no such table')"]
    with pytest.raises(ServerDied, match="no such table"), running("dead", command, port=free_port(), environment={}):
        pass
