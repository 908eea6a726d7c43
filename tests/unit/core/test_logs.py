import json
import logging

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from core.logs import configure_events, line_logger, make_formatter


@pytest.fixture
def shown(monkeypatch):
    """What a handler of a style makes of the records of a logger."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    def show(style):
        handler = Handler()
        handler.setFormatter(make_formatter(style))
        logger = logging.Logger("a.library")  # noqa: LOG001 - one that nobody else finds
        logger.addHandler(handler)
        return logger, lines

    return show


def test_a_librarys_message_bears_what_its_context_has_bound(shown):
    logger, lines = shown("json")
    with bound_contextvars(request_id="7"):
        logger.warning("%s is full", "disk")
    line = json.loads(lines[0])
    assert line.pop("time").endswith("Z")
    assert line == {"event": "disk is full", "level": "warning", "logger": "a.library", "request_id": "7"}


def test_an_exception_is_told_without_the_values_of_variables(shown):
    logger, lines = shown("json")
    secret = "hunter2"
    try:
        int(secret[:0])
    except ValueError:
        logger.exception("it failed")
    assert "ValueError: invalid literal" in json.loads(lines[0])["exception"]
    assert "hunter2" not in lines[0]


def test_for_people_it_is_text(shown):
    logger, lines = shown("console")
    logger.warning("disk is full")
    assert "[warning" in lines[0]
    assert "disk is full" in lines[0]


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_line_goes_to_standard_error_at_once(style, capfd):
    line_logger(style).info("request", route="/é", status=200, odd={1: {2}})
    written = capfd.readouterr().err
    assert written.count("\n") == 1
    assert "/é" in written


def test_an_event_of_ours_goes_the_librarys_way(caplog):
    configure_events()
    structlog.get_logger("trivium.relay").warning("delivered", messages=3)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("trivium.relay", "WARNING")
    assert record.msg["messages"] == 3
