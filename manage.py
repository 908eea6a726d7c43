#!/usr/bin/env python
"""The entry of every management command; commands turn our errors into exit statuses in `core.exits`."""

import os
import signal
import sys
from types import FrameType

EX_CONFIG = 78
INTERRUPTED = 130  # as in core.exits, which cannot be asked while it is being imported
LINE = b"interrupted: the command did not end; run it again\n"


def main() -> None:
    """Run the management command named on the command line; wrong settings and Ctrl-C end it with one line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        _run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.write(sys.stderr.fileno(), LINE)
        sys.exit(INTERRUPTED)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Let a command that works put things in order; end at once while it starts: importing may swallow exceptions."""
    while frame:
        if frame.f_code.co_name == "handle":
            raise KeyboardInterrupt
        frame = frame.f_back
    os.write(sys.stderr.fileno(), LINE)
    os._exit(INTERRUPTED)


def _run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - the settings module must be named first
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - likewise

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"settings: {error}; see docs/settings.md\n")
        sys.exit(EX_CONFIG)


if __name__ == "__main__":
    main()
