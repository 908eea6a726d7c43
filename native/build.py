"""Builds the C library, called by `python -m native` on install.

The library's name has a hash of its sources and of how they are compiled, so that a stale one is never loaded. Built
beside and renamed: two builds at once do no harm.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "sources"
BUILT = FOLDER / "built"
FLAGS = (
    "-std=c11",
    "-O3",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fno-strict-aliasing",
)


def library_path() -> Path:
    """Return where the library of these sources lies, or would lie."""
    digest = hashlib.sha256(" ".join([*FLAGS, sys.platform, os.uname().machine]).encode())
    for source in sorted(SOURCES.iterdir()):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return BUILT / f"trivium-{digest.hexdigest()[:16]}.so"


def find_compiler() -> str | None:
    """Return the C compiler: $CC, or one of the usual names in PATH."""
    names = [os.environ["CC"]] if os.environ.get("CC") else ["cc", "gcc", "clang"]
    return next((found for name in names if (found := shutil.which(name))), None)


def build(compiler: str) -> Path:
    """Compile the library unless it is there, and remove older ones. Raises: subprocess.CalledProcessError."""
    path = library_path()
    if not path.exists():
        BUILT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as folder:
            made = Path(folder) / path.name
            files = [str(each) for each in sorted(SOURCES.glob("*.c"))]
            subprocess.run([compiler, *FLAGS, "-o", str(made), *files], check=True)  # noqa: S603 - the user's compiler
            made.rename(path)
    for other in BUILT.glob("*.so"):
        if other != path:
            other.unlink(missing_ok=True)
    return path
