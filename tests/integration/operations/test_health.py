"""Readiness: honest about each store, within one deadline."""

import threading

import pytest

from core.deadlines import Deadline
from core.errors import StoreUnavailable
from operations.health import CHECKS, SERVERS, readiness


@pytest.mark.usefixtures("django_db_setup")
def test_every_store_answers_with_its_version():
    found = {health.store: health for health in readiness(Deadline(10))}
    assert set(found) == set(CHECKS) == {"default", "documents", "timeseries"}
    assert {store: (health.is_ready, health.reason) for store, health in found.items()} == dict.fromkeys(
        CHECKS, (True, "")
    )
    assert all(health.version[0].isdigit() for health in found.values())


def test_a_store_that_fails_or_hangs_is_named_and_the_others_answer():
    release = threading.Event()

    def refuse(_timeout_s):
        raise StoreUnavailable("connection refused", store="documents")

    def hang(_timeout_s):
        release.wait(30)
        return "late"

    found = readiness(Deadline(0.3), checks={"default": SERVERS["default"], "documents": refuse, "timeseries": hang})
    release.set()
    assert [(health.store, health.is_ready, health.reason) for health in found] == [
        ("default", True, ""),
        ("documents", False, "connection refused"),
        ("timeseries", False, "no answer within 0.3 s"),
    ]
