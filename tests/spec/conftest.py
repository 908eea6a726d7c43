"""The world of `world.py`, loaded into the three real stores once for the tests of a module."""

import pytest
from django.core.management import call_command

from tests.spec.stores import load_world

STORES = ("default", "documents", "timeseries")


def empty_stores():
    for store in STORES:
        call_command("flush", database=store, interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def stored_world(django_db_setup, django_db_blocker):
    """The ids of the world's things in the stores."""
    with django_db_blocker.unblock():
        empty_stores()
        yield load_world()
        empty_stores()
