"""The one shape of every log line: JSON (or text for people), with time, level, logger and what its context has bound.

Our own events and the libraries' messages come out alike. Settings name `make_formatter` for Django's logging; whoever
has more to say than text calls `structlog.get_logger(__name__)`; `line_logger` is the short way of the API's one line
per request. A line never holds headers, bodies, queries or local variables: these may be secrets.
"""

import logging
import os
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

FORMATS = ("json", "console")
STDERR = 2
TIME = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
ABOUT_LINE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    TIME,
]


def make_formatter(style: str) -> logging.Formatter:
    """Make the formatter of a style of FORMATS for the standard library's handlers."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=ABOUT_LINE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _as_text(_renderer(style)),
        ],
    )


def configure_events() -> None:
    """Let structlog's loggers write through the standard library's, as all libraries do."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *ABOUT_LINE,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def line_logger(style: str) -> Any:
    """Make a logger whose lines go straight to standard error: for what is written with every request."""
    return structlog.wrap_logger(
        _StandardError(),
        processors=[structlog.processors.add_log_level, TIME, _renderer(style)],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Writes a line at once and whole: lines of several threads and processes never mix."""

    def info(self, line: bytes | str) -> None:
        os.write(STDERR, (line if isinstance(line, bytes) else line.encode()) + b"\n")

    error = info


def _renderer(style: str) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer(serializer=_to_json)
    return structlog.dev.ConsoleRenderer(colors=False)


def _to_json(event: Any, **_options: Any) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _as_text(render: Processor) -> Processor:
    def as_text(logger: Any, name: str, event: Any) -> str:
        line = render(logger, name, event)
        return line.decode() if isinstance(line, bytes) else str(line)

    return as_text
