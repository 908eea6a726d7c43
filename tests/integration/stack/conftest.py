"""Stacks of their own for each test, in a folder of mode 0700, with the downloads of this clone."""

import io
import threading

import pytest
from rich.console import Console

from stack.display import Display
from stack.layout import ROOT, Layout
from stack.lifecycle import clean, open_site
from stack.starting import Start


@pytest.fixture
def display():
    return Display(Console(file=io.StringIO()))


@pytest.fixture
def layout(tmp_path, display):
    (tmp_path / ".stack").mkdir()
    (ROOT / ".stack" / "dist").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".stack" / "dist").symlink_to(ROOT / ".stack" / "dist")
    tmp_path.chmod(0o700)
    scratch = Layout("scratch", tmp_path)
    yield scratch
    clean(scratch, display)


@pytest.fixture
def up(layout):
    """Start one server of the scratch stack; return it."""

    def start(kind):
        server = kind(open_site(layout))
        Start(server, lambda _text: None, threading.Event()).run()
        return server

    return start
