"""Docs cannot lag: their links lead somewhere, and the test that a promise names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
TEST = re.compile(r"\b(tests/[\w/]+\.py)(?:::(\w+))?")


def broken_links(page):
    return [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]


def missing_tests(page):
    return [
        f"{path}::{name}" if name else path
        for path, name in TEST.findall(page.read_text())
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tests_that_promises_name_exist(page):
    assert missing_tests(page) == []


def test_control_a_broken_page_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "[gone](nowhere.md), proved by tests/unit/nowhere.py and tests/unit/house/test_docs.py::test_never\n"
    )
    assert broken_links(page) == ["nowhere.md"]
    assert missing_tests(page) == ["tests/unit/nowhere.py", "tests/unit/house/test_docs.py::test_never"]


def test_the_readme_stays_short():
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) < 70
    assert "make up" in readme
    assert "make test" in readme
