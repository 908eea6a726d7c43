"""What the machine must bring by itself: the platform, a JDK 17, Maven. Each absence is one line with its remedy."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from stack.errors import RequirementMissing

JDK_FOLDERS = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/opt")
USER_JDK_FOLDERS = (".sdkman/candidates/java", ".jdks")
INSTALL = "apt-get install openjdk-17-jdk-headless maven"


def check_platform() -> None:
    """Refuse what the servers' binaries do not run on.

    Raises: RequirementMissing
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - `python3 -m stack` may be an older one
        raise RequirementMissing(f"Python 3.11 or newer is needed, this is {platform.python_version()}.")
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise RequirementMissing(
            f"The stack runs on Linux x86-64, not {platform.system()} {platform.machine()}: use docker-compose.yml.",
        )
    if platform.libc_ver()[0] != "glibc":
        raise RequirementMissing("The stack needs a Linux with glibc (not musl): use docker-compose.yml.")


def find_java17() -> Path:
    """Find the home of a Java 17, whatever JAVA_HOME and `java` are.

    Raises: RequirementMissing
    """
    for home in _java_homes():
        if _java_version(home).split(".")[0] == "17" and os.access(home / "bin" / "java", os.X_OK):
            return home
    raise RequirementMissing(f"Cassandra needs a JDK 17, none is found: {INSTALL} (or set JAVA_HOME to one).")


def find_maven() -> Path:
    """Find Maven's command.

    Raises: RequirementMissing
    """
    command = shutil.which("mvn")
    if command is None:
        raise RequirementMissing(f"Maven fetches Cassandra and PostgreSQL, and mvn is not in PATH: {INSTALL}.")
    return Path(command)


def _java_homes() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    command = shutil.which("java")
    if command is not None:
        yield Path(command).resolve().parent.parent
    folders = [*map(Path, JDK_FOLDERS), *(Path.home() / folder for folder in USER_JDK_FOLDERS)]
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.iterdir())


def _java_version(home: Path) -> str:
    try:
        lines = (home / "release").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return next((line.split("=", 1)[1].strip('"') for line in lines if line.startswith("JAVA_VERSION=")), "")
