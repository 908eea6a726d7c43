import os
import signal

import pytest

from core.crashes import CRASH_AT, crash_point
from tests.children import run_in_child


@pytest.mark.parametrize(
    ("named", "environment", "status"),
    [
        ("here", "test", -signal.SIGKILL),
        ("elsewhere", "test", 0),
        ("here", "production", 0),
        ("", "test", 0),
    ],
)
def test_a_process_dies_at_the_point_that_is_named_in_tests_only(named, environment, status):
    def work():
        os.environ.update({CRASH_AT: named, "TRIVIUM_ENV": environment})
        crash_point("here")

    assert run_in_child(work) == status
