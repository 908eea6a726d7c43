#!/usr/bin/env python
"""The entry of every management command. Errors of our tree become exit statuses in `core.exits`."""

import os
import sys

EX_CONFIG = 78
INTERRUPTED = 130


def main() -> None:
    """Run the management command named on the command line; wrong settings and Ctrl-C end in one line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    try:
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - Ctrl-C may come during the import
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - likewise

        try:
            execute_from_command_line(sys.argv)
        except ImproperlyConfigured as error:
            sys.stderr.write(f"settings: {error}; see docs/settings.md\n")
            sys.exit(EX_CONFIG)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: what was done so far stays; run it again to go on\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
