"""A whole stack: up, down, status, clean. Each holds the stack's lock, so that two commands never work on one stack."""

import shutil
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stack.display import Display
from stack.environment import describe_environment, describe_files, keep_secrets, write_environment
from stack.errors import NotReady, StackError
from stack.layout import ROOT, Layout
from stack.places import remove_outside
from stack.ports import choose_ports
from stack.processes import Process, find_process, stop_process
from stack.servers import APPLICATIONS, PARTS, SERVERS, Server, Site
from stack.servers.cassandra import STORAGE, Cassandra
from stack.starting import Start
from stack.state import read_object, write_object

# Only the stack that people work with takes the usual ports; the others leave them to it.
USUAL_PORTS_FOR = "up"


@dataclass(frozen=True)
class State:
    """One line of `status`."""

    title: str
    port: int
    process: Process | None
    version: str
    trouble: str


def open_site(layout: Layout) -> Site:
    """Choose ports, keep passwords and write the env file; nothing changes for what runs.

    Raises: StackError when no port is free.
    """
    layout.make_folders()
    _end_leftovers(layout)
    passwords = keep_secrets(layout)
    had = {name: port for name, port in read_object(layout.ports_file).items() if isinstance(port, int)}
    ports = choose_ports(usual_ports(layout.name), had=had, running=_running(layout))
    write_object(layout.ports_file, dict(ports))
    write_environment(layout, {**describe_environment(passwords, ports), **describe_files(layout)})
    return Site(layout, ports, passwords)


def read_site(layout: Layout) -> Site:
    """Read what `open_site` wrote, changing nothing; a stack that never ran has no ports."""
    ports = {name: port for name, port in read_object(layout.ports_file).items() if isinstance(port, int)}
    return Site(layout, ports, read_object(layout.secrets_file))


def usual_ports(name: str) -> dict[str, int]:
    """Map everything that needs a port to the port it would like; 0: any."""
    usual = {server.name: server.usual_port for server in PARTS if server.usual_port is not None}
    usual[STORAGE] = 7000
    return usual if name == USUAL_PORTS_FOR else dict.fromkeys(usual, 0)


def start_servers(site: Site, display: Display, kinds: Sequence[type[Server]] = SERVERS) -> None:
    """Start every server that does not run, all at once, and wait until each answers.

    Raises: StackError, the first server's; the others are let come up.
    """
    servers = [kind(site) for kind in kinds]
    for server in servers:
        if find_process(site.layout.pid(server.name)) is None:
            server.check_tools()
    cancelled = threading.Event()
    with ThreadPoolExecutor(len(servers)) as pool:
        try:
            _raise_first([pool.submit(_start, server, display, cancelled) for server in servers])
        except BaseException:
            cancelled.set()
            raise


def stop(layout: Layout, display: Display, kinds: Sequence[type[Server]]) -> None:
    """Stop these servers if they run, gracefully and all at once; data stays."""
    with ThreadPoolExecutor(len(kinds)) as pool:
        _raise_first([pool.submit(_stop, kind, layout, display) for kind in kinds])


def stop_all(layout: Layout, display: Display) -> None:
    """Stop our own processes, then the servers that they use; data stays."""
    stop(layout, display, APPLICATIONS)
    stop(layout, display, SERVERS)


def clean(layout: Layout, display: Display) -> None:
    """Stop what runs and remove everything of this stack; downloads stay for the others."""
    stop_all(layout, display)
    remove_outside(layout)
    if layout.home.exists():
        shutil.rmtree(layout.home)


def remove_downloads(root: Path = ROOT) -> None:
    """Remove what is left when every stack of the clone is removed."""
    if (root / ".stack").exists():
        shutil.rmtree(root / ".stack")


def states(site: Site) -> list[State]:
    """Look at each server and process of ours once; of a stack that never ran, none runs."""
    with ThreadPoolExecutor(len(PARTS)) as pool:
        return list(pool.map(lambda kind: _state(kind(site)), PARTS))


def _start(server: Server, display: Display, cancelled: threading.Event) -> None:
    try:
        version = Start(server, lambda text: display.say(server.title, text), cancelled).run()
    except StackError as error:
        display.finish(server.title, error.message)
        raise
    display.finish(server.title, f"{version} {server.place}")


def _stop(kind: type[Server], layout: Layout, display: Display) -> None:
    if find_process(layout.pid(kind.name)) is not None:
        display.say(kind.title, "stopping")
    if stop_process(layout.pid(kind.name), by=kind.stop_signal, timeout_s=kind.stop_timeout_s):
        display.finish(kind.title, "stopped")


def _state(server: Server) -> State:
    process = find_process(server.site.layout.pid(server.name))
    port = server.site.ports.get(server.name, 0)
    if process is None:
        return State(server.title, port, None, "", "not running")
    try:
        return State(server.title, port, process, server.probe(), "")
    except NotReady as error:
        return State(server.title, port, process, "", error.message)


def _running(layout: Layout) -> list[str]:
    named = [server.name for server in PARTS if find_process(layout.pid(server.name))]
    return [*named, STORAGE] if Cassandra.name in named else named


def _end_leftovers(layout: Layout) -> None:
    """End the workers of what was killed: they would hold its port."""
    for kind in PARTS:
        if find_process(layout.pid(kind.name)) is None:
            stop_process(layout.pid(kind.name), by=signal.SIGKILL, timeout_s=0)


def _raise_first(futures: list["Future[None]"]) -> None:
    errors = [error for future in futures if (error := future.exception()) is not None]
    if errors:
        raise errors[0]
