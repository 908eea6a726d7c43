"""Which loopback port each server gets: the one it had, else the usual one, else a free one."""

import random
import socket
from collections.abc import Iterable, Mapping

# Below the range from which Linux takes the ports of outgoing connections, so that none of them is lost to one.
FREE_PORTS = range(15_000, 32_000)
ATTEMPTS = 500


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do, so that connections lingering after a restart do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose_ports(usual: Mapping[str, int], *, had: Mapping[str, int], running: Iterable[str]) -> dict[str, int]:
    """Choose a port per name. `had`: what each had before; `running`: names whose server runs and keeps its port.

    Raises: OSError when no free port is found.
    """
    chosen = {name: had[name] for name in running if name in had}
    for name in usual:
        if name not in chosen:
            wanted = [had.get(name, 0), usual[name]]
            chosen[name] = _first_free(wanted, taken=set(chosen.values()))
    return chosen


def _first_free(wanted: Iterable[int], *, taken: set[int]) -> int:
    candidates = [*wanted, *random.sample(FREE_PORTS, ATTEMPTS)]
    for port in candidates:
        if port and port not in taken and is_free(port):
            return port
    raise OSError(f"no free port among {ATTEMPTS} tried in {FREE_PORTS.start}-{FREE_PORTS.stop}")
