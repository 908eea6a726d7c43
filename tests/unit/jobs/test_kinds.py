"""The kinds of jobs: each names a handler that is there, and one that is not is found at the start."""

import pytest

from core.errors import InvalidInput
from jobs.kinds import check_kind, check_kinds, load_kinds


def test_the_kinds_of_this_project_are_sound():
    assert check_kinds(None) == []
    assert {"probe", "export"} <= set(load_kinds())


@pytest.mark.parametrize("place", ["nowhere.at_all:run", "jobs.kinds:nothing", "jobs.kinds", "jobs.kinds:HINT"])
def test_a_handler_that_is_not_there_is_an_error(settings, place):
    settings.JOB_KINDS = {"wrong": place}
    settings.JOB_LIMITS = {}
    assert [error.id for error in check_kinds(None)] == ["jobs.E001"]


def test_a_limit_of_no_kind_is_an_error(settings):
    settings.JOB_LIMITS = {"nothing": 1}
    assert [error.id for error in check_kinds(None)] == ["jobs.E002"]


def test_a_kind_that_there_is_not_is_refused_before_it_is_queued():
    check_kind("probe")
    with pytest.raises(InvalidInput, match="there are: .*probe"):
        check_kind("nothing")
