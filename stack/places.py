"""Where a server's files may lie when it runs as another user: below the clone if that user can reach it, else outside.

Folders outside are noted in the stack's `places.json` before they are made, so that `clean` finds each of them.
"""

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stack.errors import RequirementMissing
from stack.layout import Layout
from stack.processes import User
from stack.state import read_object, write_object

ACCOUNTS = ("postgres", "nobody", "daemon")
# /var/tmp last: some systems remove what lies there for a month.
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the folder gets a random name and mode 711


@dataclass(frozen=True)
class Place:
    """Where the binaries of a server are unpacked, and where its data lies."""

    programs: Path
    data: Path


def unprivileged_user() -> User | None:
    """Choose the account for a server that refuses root; None when we are not root.

    Raises: RequirementMissing
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return User(entry.pw_uid, entry.pw_gid)
    raise RequirementMissing("PostgreSQL refuses root and there is no user to run it as: useradd --system postgres")


def find_place(layout: Layout, server: str, user: User | None) -> Place:
    """Find a server's place, moving its data outside when its user can no longer reach it below the clone."""
    inside = Place(layout.dist, layout.data(server))
    outside = outside_folder(layout, server)
    if outside is None:
        if _can_reach(user, layout.home) and _can_reach(user, layout.dist):
            return inside
        outside = _make_outside(layout, server)
    place = Place(outside, outside / "data")
    if inside.data.exists() and not place.data.exists():
        shutil.move(inside.data, place.data)
    return place


def outside_folder(layout: Layout, server: str) -> Path | None:
    """Return the noted folder outside of the clone, if there is one."""
    noted = read_object(layout.places_file).get(server)
    return Path(noted) if isinstance(noted, str) and Path(noted).is_dir() else None


def remove_outside(layout: Layout) -> None:
    """Remove every folder that this stack has outside of its home."""
    for noted in read_object(layout.places_file).values():
        shutil.rmtree(noted, ignore_errors=True)


def own(folder: Path, user: User | None) -> None:
    """Give a folder to the user."""
    if user is not None:
        os.chown(folder, user.uid, user.gid)


def _make_outside(layout: Layout, server: str) -> Path:
    parent = next(folder for folder in OUTSIDE if os.access(folder, os.W_OK))
    folder = parent / f"trivium-stack-{secrets.token_hex(6)}"
    write_object(layout.places_file, {**read_object(layout.places_file), server: str(folder)})
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)
    return folder


def _can_reach(user: User | None, folder: Path) -> bool:
    if user is None:
        return True
    done = subprocess.run(
        ["test", "-x", folder],
        check=False,
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
    )
    return done.returncode == 0
