"""A progress bar on standard error when that is a terminal, and nothing otherwise. Called by the commands."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]


@contextmanager
def progress_bar(label: str, total: int, *, in_bytes: bool) -> Iterator[Advance]:
    """Yield a function that is told how far the work is; `total` 0 means that nobody knows."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    amount = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total or None)
        yield lambda done: progress.update(task, completed=done)
