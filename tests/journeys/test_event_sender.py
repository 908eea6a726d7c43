"""docs/sending-events.md, travelled: servers and senders are killed in between, and every event is stored once."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from core.principals import Principal
from relational import services as relational
from tests.journeys.conftest import OPERATOR, log_in
from tests.proxy import Proxy
from tests.serving import Serving
from timeseries import services as timeseries
from trivium_client import EventSender, NotAccepted, NotDelivered

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sending-events.md").read_text()
# Sends numbered events until it is killed, and says each that was taken.
SENDS_ON = """
import sys
from trivium_client import EventSender
sender = EventSender(sys.argv[1], sys.argv[2], api_key=sys.argv[3], spool=sys.argv[4], batch_events=20, batch_age_s=0.02)
for number in range(1_000_000):
    sender.send({"time": "2026-03-01T00:00:00Z", "id": f"n{number}"})
    print(number, flush=True)
"""


@pytest.fixture(scope="module")
def key(server):
    """An API key that may append."""
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wanted = {"name": "sender", "scopes": ["events:write", "events:read"], "expires": expires}
    body = json.dumps(wanted).encode()
    token = log_in(server, OPERATOR["username"], OPERATOR["password"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{server}/api/v1/api-keys", body, headers)) as answer:
        return json.load(answer)["key"]


@pytest.fixture
def stream(stores, request):
    """A new stream of the operator's."""
    name = re.sub(r"\W+", ".", request.node.name)[-60:]
    make_stream(name)
    return name


def make_stream(name):
    credential = relational.credential_of_log_in(OPERATOR["username"], OPERATOR["password"])
    assert credential is not None
    timeseries.create_stream(Principal(credential.user_id), name=name, retention="forever")


@pytest.fixture
def stored(server, key, stream):
    """Return the clients' ids of what is stored, sorted."""

    def stored_ids():
        ids: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            address = f"{server}/api/v1/streams/{stream}/events?limit=1000" + (f"&cursor={cursor}" if cursor else "")
            with urlopen(Request(address, headers={"Authorization": f"Api-Key {key}"})) as answer:
                page = json.load(answer)
            ids += [event["client_id"] for event in page["results"]]
            cursor = page["next"]
        return sorted(ids)

    return stored_ids


def events(*numbers):
    return [{"time": "2026-03-01T00:00:00Z", "id": f"n{number}", "payload": {"n": number}} for number in numbers]


def names(*numbers):
    return sorted(f"n{number}" for number in numbers)


def test_a_server_that_is_killed_and_started_again_gets_every_event_once(stores, stream, stored, key, tmp_path):
    serving = Serving(tmp_path / "one.log")
    address = f"http://127.0.0.1:{serving.port}"
    with EventSender(address, stream, api_key=key, spool=tmp_path / "spool", batch_events=10, durable=False) as sender:
        sender.send_many(events(*range(25)))
        sender.flush()
        serving.end()
        sender.send_many(events(*range(25, 60)))
        with pytest.raises(NotDelivered, match="no answer") as waiting:
            sender.flush(timeout_s=0.2)
        assert waiting.value.pending == 35
        # A limit that the many small batches meet: 429, and Retry-After.
        serving = Serving(tmp_path / "two.log", port=serving.port, RATE_LIMIT="2/s")
        sender.flush()
        assert (sender.stored, sender.pending) == (60, 0)
    assert any(line.get("status") == 429 for line in serving.lines())
    serving.end()
    assert stored() == names(*range(60))


def test_an_answer_that_is_lost_leaves_one_event(server, stream, stored, key, tmp_path):
    proxy = Proxy(("127.0.0.1", int(server.rpartition(":")[2])))
    proxy.cuts_left = 2
    with EventSender(f"http://127.0.0.1:{proxy.port}", stream, api_key=key, spool=tmp_path) as sender:
        sender.send_many(events(1, 2, 3))
        sender.flush()
    proxy.close()
    assert proxy.cuts_left == 0
    assert stored() == names(1, 2, 3)


def test_a_sender_that_is_killed_loses_no_event_it_took(server, stream, stored, key, tmp_path):
    taken = []
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", SENDS_ON, server, stream, key, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            taken += [int(child.stdout.readline()) for _ in range(60)]
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read()
        taken += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    left = [path.name for path in tmp_path.glob("batch-*")]
    with EventSender(server, stream, api_key=key, spool=tmp_path) as sender:
        assert left
        sender.flush()
    # One more may be there: taken, but killed before it was said.
    assert set(names(*taken)) <= set(stored()) <= set(names(*taken, max(taken) + 1))


def test_wrong_events_are_kept_apart_and_a_wrong_stream_is_told(server, stream, stored, key, tmp_path):
    with EventSender(server, stream, api_key=key, spool=tmp_path / "one") as sender:
        sender.send_many([*events(1), {"time": "yesterday", "id": "wrong"}, *events(2)])
        sender.flush()
        assert (sender.stored, sender.rejected) == (2, 1)
    (rejected,) = map(json.loads, (tmp_path / "one" / "rejected.ndjson").read_text().splitlines())
    assert (rejected["code"], rejected["event"]) == ("invalid_input", {"time": "yesterday", "id": "wrong"})
    assert "is no time" in rejected["reason"]
    assert stored() == names(1, 2)
    with EventSender(server, "no.such.stream", api_key=key, spool=tmp_path / "two", background=False) as sender:
        sender.send({})
        with pytest.raises(NotAccepted, match="404 not_found"):
            sender.flush()


def test_the_pages_example_does_what_the_page_shows(server, key, tmp_path):
    make_stream("shop.clicks")
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    environment = {**os.environ, "TRIVIUM": server, "TRIVIUM_KEY": key, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (run.stdout, run.stderr) == (shown, "")
