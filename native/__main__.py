"""`python -m native`: build the library; called by `requirements/install.sh` and the Dockerfile."""

import subprocess
import sys

from native.build import build, find_compiler

SLOWER = "events go the portable, slower way"


def main() -> int:
    """Build, quietly. Without a compiler that is said, and is no failure; a failed compilation is exit status 1."""
    compiler = find_compiler()
    if compiler is None:
        print(f"native: no C compiler (cc, gcc, clang): {SLOWER}", file=sys.stderr)  # noqa: T201 - a command's word
        return 0
    try:
        build(compiler)
    except subprocess.CalledProcessError:
        print(f"native: the C library could not be compiled: {SLOWER}", file=sys.stderr)  # noqa: T201 - a command's word
        return 1
    return 0


sys.exit(main())
