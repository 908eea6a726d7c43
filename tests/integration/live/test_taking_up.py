"""Taken up with Last-Event-ID nothing is lost: when processes end meanwhile, and whatever times the events have."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .conftest import numbers

ENOUGH = 10


def told_until_the_end(listener):
    """Return the ids and numbers that are told before the end, and why it ended."""
    told = {}
    while (message := listener.message()) is not None:
        if "id" in message:
            told[message["id"]] = message["data"]["payload"]["n"]
        if message.get("event") == "end":
            assert message["retry"] == "2000"
            assert listener.message() is None, "nothing comes after the end"
            return told, message["data"]["code"]
    raise AssertionError("it ended without a reason")


def test_processes_end_one_after_the_other_and_nothing_is_lost(own_server, stream, owner, append):
    first, second, done = own_server(), own_server(), threading.Event()
    count = 0

    def write():
        nonlocal count
        while not done.is_set() or count < ENOUGH:
            append(count)
            count += 1
            time.sleep(0.02)

    listener = first.listen(stream, owner)
    told = {}
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        try:
            for server, following in ((first, second), (second, own_server())):
                (event,) = listener.events(1)
                told[event["id"]] = event["payload"]["n"]
                os.kill(server.process.pid, signal.SIGTERM)
                rest, code = told_until_the_end(listener)
                assert code == "shutting_down"
                told |= rest
                assert server.process.wait(timeout=30) == 0, server.log.read_text()
                listener = following.listen(stream, owner, last_event_id=[*told][-1])
        finally:
            done.set()
        writing.result()
    while len(set(told.values())) < count:
        (event,) = listener.events(1)
        told[event["id"]] = event["payload"]["n"]
    assert sorted(told.values()) == list(range(count))


def test_after_an_event_of_the_near_future_those_of_now_are_told(server, stream, owner, append):
    listener = server.listen(stream, owner)
    append(1, ago_s=-4.5)
    (ahead,) = listener.events(1)
    listener.close()
    append(2, ago_s=1)
    again = server.listen(stream, owner, last_event_id=ahead["id"])
    assert numbers(again.events(2)) == [2, 1]
