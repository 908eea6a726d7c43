"""A claim's arithmetic and the form of its JSON."""

import json

import pytest

from benchmarks.results import REPORTED, Bar, Result, write_results


@pytest.mark.parametrize(
    ("bar", "ours", "theirs", "holds"),
    [
        (Bar(at_most=6), 600, 100, True),
        (Bar(at_most=6), 601, 100, False),
        (Bar(at_most=0.4), 40, 100, True),
        (Bar(at_most=0.4), 41, 100, False),
        (Bar(at_least=1), 100, 100, True),
        (Bar(at_least=1), 99, 100, False),
        (Bar(at_least=1, at_most=2), 201, 100, False),
        (REPORTED, 600, 100, None),
    ],
)
def test_a_bar_is_held_against_ours_divided_by_theirs(bar, ours, theirs, holds):
    result = Result("work", "unit", "rival", bar, ours, theirs)
    assert result.ratio == ours / theirs
    assert result.holds is holds


@pytest.mark.parametrize(("ours", "theirs"), [(None, None), (1.0, None), (None, 1.0), (1.0, 0.0)])
def test_without_both_figures_nothing_is_claimed(ours, theirs):
    result = Result("work", "unit", "rival", Bar(at_most=6), ours, theirs, reason="no such server")
    assert (result.ratio, result.holds) == (None, None)


def test_the_json_has_the_members_of_the_house_and_nothing_else(tmp_path):
    measured = Result("transactions get", "µs", "raw", Bar(at_most=6), 1379.4, 173.05)
    missing = Result("transactions get", "1/s", "PostGraphile", reason="npm is not here")
    path = write_results("api", [measured, missing], folder=tmp_path / "new")
    assert path.name == "api.json"
    assert json.loads(path.read_text()) == [
        {
            "work": "transactions get",
            "unit": "µs",
            "ours": 1379,
            "against": "raw",
            "theirs": 173.0,
            "ratio": 7.97,
            "bar": "≤ 6",
            "holds": False,
        },
        {
            "work": "transactions get",
            "unit": "1/s",
            "ours": None,
            "against": "PostGraphile",
            "theirs": None,
            "ratio": None,
            "bar": "reported",
            "holds": None,
            "reason": "npm is not here",
        },
    ]
