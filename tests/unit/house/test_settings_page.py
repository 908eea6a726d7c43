"""docs/settings.md names every TRIVIUM_ variable that the code reads or writes, and no other, with its default."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "settings.md").read_text()
NAME = re.compile(r"\bTRIVIUM_[A-Z0-9_]+\b")
READ = re.compile(r'config\(\s*"(TRIVIUM_\w+)"(?:,\s*default=("[^"]*"|[\w.]+))?')
# A name of Django's settings, and a mark on processes: neither is set by anybody.
NOT_VARIABLES = {"TRIVIUM_LINKS", "TRIVIUM_STACK_NOTE"}


def sources():
    yield from (ROOT / "settings").rglob("*.py")
    yield from (ROOT / "stack").rglob("*.py")
    yield from (ROOT / "imports").rglob("*.py")
    yield from (
        ROOT / name for name in ("docker-compose.yml", "Dockerfile", "Makefile", "tests/conftest.py", "core/crashes.py")
    )


def rows():
    return dict(re.findall(r"^\| `(TRIVIUM_\w+)` \| (.*) \|$", PAGE, re.MULTILINE))


def test_the_page_and_the_code_name_the_same_variables():
    read = {name for path in sources() for name in NAME.findall(path.read_text())}
    assert set(rows()) == read - NOT_VARIABLES


def test_the_page_and_the_code_say_the_same_defaults():
    defaults = {}
    for path in sorted((ROOT / "settings").rglob("*.py")):
        defaults.update({name: value.strip('"') for name, value in READ.findall(path.read_text()) if value.strip('"')})
    assert len(defaults) > 8
    for name, default in defaults.items():
        said = re.match(r"`([^`]*)`", rows()[name])
        assert said, f"{name}: the page says no default"
        assert said[1].removesuffix(".0") == default.replace("_", "").removesuffix(".0").replace("True", "true"), name
