"""How far a job is, how fast, and how long it still takes: of this attempt alone."""

import pytest

from jobs.progress import Progress


def test_what_is_reported_is_told_with_the_rate_and_what_is_left():
    progress = Progress(100.0)
    progress.take({"rows": 0, "done": 0, "total": 8})
    progress.take({"rows": 500, "done": 2, "text": "reading"})
    assert progress.at(110.0) == {"rows": 500, "done": 2, "total": 8, "text": "reading", "rate": 50.0, "eta_s": 30.0}


def test_what_an_earlier_attempt_did_is_no_speed_of_this_one():
    progress = Progress(100.0, {"rows": 1000, "done": 5, "total": 10, "rate": 77.0, "eta_s": 77.0})
    assert progress.at(101.0) == {"rows": 1000, "done": 5, "total": 10}
    progress.take({"rows": 1100, "done": 6})
    assert progress.at(110.0) == {"rows": 1100, "done": 6, "total": 10, "rate": 10.0, "eta_s": 40.0}


def test_what_is_not_known_is_left_out_and_what_is_no_number_refused():
    progress = Progress(0.0)
    progress.take({"rows": 1, "eta_s": None})
    assert progress.at(0.0) == {"rows": 1}
    with pytest.raises(TypeError, match="rows"):
        progress.take({"rows": "1"})


def test_what_the_handler_knows_better_is_left_as_it_is():
    progress = Progress(0.0)
    progress.take({"rows": 10, "rate": 3.0, "eta_s": 7.0})
    assert progress.at(1.0) == {"rows": 10, "rate": 3.0, "eta_s": 7.0}
    assert progress.at(0.0)["rows"] == 10
