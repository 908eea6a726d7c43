#!/usr/bin/env python
"""The entry of every management command; commands turn our errors into exit statuses in `core.commands`."""

import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - the settings module must be named first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
