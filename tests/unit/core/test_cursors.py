import pytest

from core.cursors import read_cursor, sign_cursor
from core.errors import InvalidInput


def test_a_cursor_gives_its_position_back():
    position = ["2026", 7, None]
    assert read_cursor(sign_cursor(position, bound_to="q"), bound_to="q") == position


@pytest.mark.parametrize("text", ["", "a", "a:b", "a:b:c", "::", "ä:ö:ü", "\ud800", "W10:1:x", "." * 9000])
def test_garbage_is_refused(text):
    with pytest.raises(InvalidInput, match="no cursor"):
        read_cursor(text, bound_to="q")


def test_a_cursor_of_another_question_is_refused():
    with pytest.raises(InvalidInput):
        read_cursor(sign_cursor([1], bound_to="q"), bound_to="p")


def test_one_position_has_one_text(monkeypatch):
    first = sign_cursor(["a", 1], bound_to="q")
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert sign_cursor(["a", 1], bound_to="q") == first
