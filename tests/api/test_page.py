"""docs/api.md names every address and its filters."""

import re
from pathlib import Path

from api.views import PagedView
from tests.api.routes import ROUTES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
ROWS = dict(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \| (.*) \|$", PAGE, re.MULTILINE))


def test_the_page_lists_the_addresses_that_are_there():
    assert set(ROWS) == {f"{method.upper()} {route.template}" for route in ROUTES for method in route.methods}


def test_the_page_names_every_filter():
    everywhere = {"fields", "sort", *(parameter.name for parameter in PagedView.parameters)}
    for route in ROUTES:
        names = {parameter.name for parameter in route.view.parameters} - everywhere
        if "get" in route.methods:
            assert set(re.findall(r"`(\w+)`", ROWS[f"GET {route.template}"])) >= names, route.template
