"""Every error code has its HTTP status, its exit status and its row in docs/errors.md."""

import re
from pathlib import Path

import pytest

from api.errors import HTTP_ERRORS
from core.errors import TriviumError
from core.exits import EXIT_STATUSES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"


def tree(kind):
    yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


KINDS = [kind for kind in tree(TriviumError) if kind.__module__ == "core.errors"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_is_mapped(kind):
    assert "code" in vars(kind), "each class has its own code"
    assert kind.code in HTTP_ERRORS
    assert kind.code in EXIT_STATUSES


def test_codes_are_unique():
    assert len({kind.code for kind in KINDS}) == len(KINDS) == len(EXIT_STATUSES)


def test_the_page_has_a_row_for_every_code_and_no_other():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+|) ?\| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    documented = {
        code: (int(status), int(exit_status) if exit_status else None) for code, status, exit_status, _ in rows
    }
    assert documented == {code: (error.status, EXIT_STATUSES.get(code)) for code, error in HTTP_ERRORS.items()}
