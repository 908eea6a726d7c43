"""What `up` does once the servers answer: migrate, load demo data, start our own processes.

Each step is done again only when the code or the lock changed since it was last done, so that a second `up` is quick.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stack.command import run_command
from stack.display import Display
from stack.errors import StackError
from stack.layout import ROOT, Layout
from stack.lifecycle import open_site, start_servers, stop
from stack.processes import find_process
from stack.servers import API, APPLICATIONS, Site
from stack.state import read_object, write_object

STEPS: Sequence[tuple[str, Sequence[str]]] = (
    ("migrations", ("migrate", "--verbosity", "0")),
    ("demo data", ("load_demo",)),
)
RUNNING = "running"  # for which code and variables ours were started
# Folders whose files change nothing of what runs.
OTHER_FOLDERS = {"tests", "docs", "benchmarks", "staticfiles", "node_modules", "stack"}
CODE_SUFFIXES = {".py", ".html", ".css", ".js", ".sql", ".cql", ".json", ".txt", ".toml"}


def bring_up_application(site: Site, display: Display) -> Site:
    """Do every step that is not done for this code; restart what of ours runs older code.

    Returns the site with the ports that our own processes have in the end.

    Raises: StackError when a step fails; the next `up` begins with that step.
    """
    code = fingerprint_code()
    done = read_object(done_file(site.layout))
    for name, command in STEPS:
        if done.get(name) != code:
            display.say(name, "running")
            with display.paused():
                run_management_command(site, command)
            done[name] = code
            write_object(done_file(site.layout), done)
        display.finish(name, "done")
    # Much time has passed: somebody else may have taken a port that was free.
    site = open_site(site.layout)
    # Ours read their variables once: a server's new port is as good a reason to restart them as new code.
    running = hashlib.sha256(repr([code, sorted(API(site).variables().items())]).encode()).hexdigest()
    _start_applications(site, display, are_current=done.get(RUNNING) == running)
    write_object(done_file(site.layout), {**done, RUNNING: running})
    return site


def run_management_command(site: Site, command: Sequence[str]) -> None:
    """Run `manage.py` on this stack's servers, its output shown as it comes.

    Raises: StackError when it fails.
    """
    status = run_command([sys.executable, "manage.py", *command], API(site).variables())
    if status:
        raise StackError(f"manage.py {' '.join(command)} ended with exit status {status}, see above; then: make up")


def fingerprint_code(root: Path = ROOT) -> str:
    """Digest everything that the running product consists of."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        is_top = Path(folder) == root
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (is_top and name in OTHER_FOLDERS)
        )
        for path in (Path(folder, name) for name in sorted(names)):
            if path.suffix in CODE_SUFFIXES:
                digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def done_file(layout: Layout) -> Path:
    """Name the file that says for which code each step was done."""
    return layout.home / "done.json"


def _start_applications(site: Site, display: Display, *, are_current: bool) -> None:
    running = [kind for kind in APPLICATIONS if find_process(site.layout.pid(kind.name)) is not None]
    if running and not are_current:
        for kind in running:
            display.say(kind.title, "runs older code")
        stop(site.layout, display, running)
    start_servers(site, display, APPLICATIONS)
