"""Who listens on a port: Linux lets several programs share one unnoticed (SO_REUSEPORT), and ours ask for that.

Called by the probes of our own processes.
"""

import time
from contextlib import suppress
from pathlib import Path

from stack.processes import Process, family

LISTEN = "0A"
# 127.0.0.1 and any address, as the kernel writes them.
ADDRESSES = ("0100007F", "00000000")
PAUSE_S = 0.1


def is_shared(port: int, process: Process) -> bool:
    """Tell whether somebody outside of the process's family listens on this port of 127.0.0.1, too."""
    strangers = _strangers(port, process)
    if strangers:
        # A worker that ends closes its socket between the two things that are looked at.
        time.sleep(PAUSE_S)
    return bool(strangers & _strangers(port, process))


def _strangers(port: int, process: Process) -> set[str]:
    listening = _listening(port)
    return listening - {socket for pid in family(process.pid) for socket in _sockets(pid)} if listening else set()


def _listening(port: int) -> set[str]:
    """Return the inodes of the sockets that listen on a port. Source: proc_net_tcp of the kernel's documentation."""
    wanted = {f"{address}:{port:04X}" for address in ADDRESSES}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[1] in wanted and row[3] == LISTEN}


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):  # the process ended while we look
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # the file closed while we look
                found.add(str(entry.readlink()))
    return found
