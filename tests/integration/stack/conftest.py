"""Stacks of their own, in a folder of mode 0700, with the downloads of this clone."""

import io
import threading

import pytest
from rich.console import Console

from stack.display import Display
from stack.layout import ROOT, Layout
from stack.lifecycle import clean, open_site
from stack.starting import Start


def silent():
    return Display(Console(file=io.StringIO()))


@pytest.fixture
def display():
    return silent()


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    """One stack for the tests of a module; each leaves it as it likes and starts what it needs."""
    root = tmp_path_factory.mktemp("clone")
    (root / ".stack").mkdir()
    (ROOT / ".stack" / "dist").mkdir(parents=True, exist_ok=True)
    (root / ".stack" / "dist").symlink_to(ROOT / ".stack" / "dist")
    root.chmod(0o700)
    scratch = Layout("scratch", root)
    yield scratch
    clean(scratch, silent())


@pytest.fixture
def up(layout):
    """Start one server of the module's stack, or find it; return it."""

    def start(kind):
        server = kind(open_site(layout))
        Start(server, lambda _text: None, threading.Event()).run()
        return server

    return start
