"""Becomes a server: notes its own process first, then drops to the wanted user and replaces itself by the program.

Run as a script by `stack.processes`, standard library only. Because the process writes its own note before it is a
server, no kill of the starting command leaves a server that nobody knows.
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Read one JSON object from standard input: pid_file, command, environment, folder, user (uid and gid, or null)."""
    order = json.load(sys.stdin)
    note(Path(order["pid_file"]))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(order["folder"])
    if order["user"] is not None:
        os.setgroups([])
        os.setgid(order["user"]["gid"])
        os.setuid(order["user"]["uid"])
    os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606 - this is what it is for


def note(pid_file: Path) -> None:
    """Write which process this is: its id, its start time in clock ticks, and the boot these belong to."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    beside = pid_file.with_suffix(".new")
    beside.write_text(json.dumps({"pid": os.getpid(), "started": int(fields[19]), "boot": boot}), encoding="utf-8")
    beside.replace(pid_file)


if __name__ == "__main__":
    main()
