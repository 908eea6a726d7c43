"""Stores that are written to for good, by children that are killed; each test works in a run of its own."""

import pytest
from django.core.management import call_command

from tests.faults.outbox.processes import running_relays


@pytest.fixture(scope="module")
def emptied_stores(django_db_setup, django_db_blocker):
    """The test databases, emptied of what others left, and emptied in the end."""
    with django_db_blocker.unblock():
        _empty_stores()
        yield
        _empty_stores()


@pytest.fixture
def stores(emptied_stores, django_db_blocker):
    """The stores, open to the test."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def relays(emptied_stores):
    """Two relays that run all the time and share the work with those that are killed."""
    with running_relays(2) as processes:
        yield processes


def _empty_stores():
    for alias in ("default", "documents", "timeseries"):
        call_command("flush", database=alias, interactive=False, verbosity=0)
