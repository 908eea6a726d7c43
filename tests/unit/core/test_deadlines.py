import contextvars

from core.deadlines import LAST_WAIT_S, answer_within, shorten


def test_without_a_deadline_a_wait_is_as_long_as_it_was():
    assert shorten(12.0) == 12.0


def test_waits_are_cut_to_what_is_left():
    with answer_within(5):
        assert shorten(3.0) == 3.0
        assert 0 < shorten(3600.0) <= 5
        assert 0 < contextvars.copy_context().run(shorten, 3600.0) <= 5
    assert shorten(3600.0) == 3600.0


def test_when_nothing_is_left_a_moment_is():
    with answer_within(0.000_001):
        assert shorten(3600.0) == LAST_WAIT_S
