"""What every test shares: the real servers' versions in the header, and whether the real input is there.

The servers are those of the env file that `make test` names. None is ever skipped: a server that cannot be reached is
named in the header and fails every test that needs it.
"""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key
from xdist.remote import Producer

from tests.scheduling import InTwoProcesses

# Examples take as long as a busy machine makes them: none has a deadline.
hypothesis_settings.register_profile("any machine", deadline=None)
hypothesis_settings.load_profile("any machine")

# A suite that a shell starts in the background is given SIGINT ignored, and so would be what it starts: interrupt those
# and they go on. With a handler of its own here, its children are born with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

REDIS_DATABASES = 16
REAL_INPUT = os.environ.get("TRIVIUM_REAL_INPUT", "")
REAL_INPUT_MODULES = ["integration/imports/test_real_input.py", "integration/exports/test_real_logs.py"]
collect_ignore = [] if REAL_INPUT else REAL_INPUT_MODULES


def pytest_report_header() -> list[str]:
    """Name each server and its version, and where the real input is."""
    from core.deadlines import Deadline
    from operations.health import SERVERS, readiness

    servers = [
        f"{health.store}: {health.version if health.is_ready else 'NOT REACHED: ' + health.reason}"
        for health in readiness(Deadline(10.0), checks=SERVERS)
    ]
    real_input = (
        f"real input: {Path(REAL_INPUT).name}"
        if REAL_INPUT
        else f"real input: TRIVIUM_REAL_INPUT is not set, not collected: {', '.join(REAL_INPUT_MODULES)}"
    )
    return ["stores: " + "; ".join(servers), real_input]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InTwoProcesses:
    """Share the tests out as `scheduling` says, when they run in two processes."""
    return InTwoProcesses(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Give each of two processes a database of its own in Redis; in the stores pytest-django does it."""
    if hasattr(config, "workerinput"):
        number = int(config.workerinput["workerid"].removeprefix("gw"))
        shared = urlsplit(settings.REDIS_URI)  # type: ignore[misc]  # mypy does not see split settings
        own = shared._replace(path=f"/{number % REDIS_DATABASES}").geturl()
        os.environ["TRIVIUM_REDIS_URI"] = settings.REDIS_URI = own


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Make the test databases of all three stores, whichever a test names: what one test writes is never left elsewhere."""
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


# Folders whose tests share a world that is stored for good: they run last, one folder after the other, because a
# transactional test of another folder empties the databases.
STORED_WORLDS = ("tests/api/", "tests/journeys/", "tests/faults/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the folders of STORED_WORLDS last."""

    def rank(item: pytest.Item) -> int:
        return next((place for place, folder in enumerate(STORED_WORLDS, 1) if folder in str(item.path)), 0)

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """After a failure leave a connection to PostgreSQL that is lost: it would fail every test behind this one too."""
    report = yield
    if report.failed:
        with item.config.stash[blocking_manager_key].unblock():  # the test may have been one without databases
            connections["default"].close_if_unusable_or_obsolete()
    return report
