"""The journeys of docs/architecture.md go through files that are there."""

import re

import pytest

from routers import PROJECT_ROOT

ROOMS = "api|jobs|live|query|exports|imports|operations|relational|documents|timeseries|core"


def places_named(text):
    section = text.split("## The way of a request")[1].split("\n## ")[0]
    return sorted(set(re.findall(rf"`((?:{ROOMS})/[a-z_/]+)`", section)))


PLACES = places_named((PROJECT_ROOT / "docs" / "architecture.md").read_text())


def test_the_journeys_name_places():
    assert len(PLACES) > 30


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_there(place):
    assert (PROJECT_ROOT / f"{place}.py").is_file() or (PROJECT_ROOT / place / "__init__.py").is_file()
