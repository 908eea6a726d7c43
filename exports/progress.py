"""How far an export is: a bar on a terminal, a line now and then elsewhere. Called by the command."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from exports.figures import Figures

LINE_EVERY_S = 10.0
Advance = Callable[[Figures], None]


@contextmanager
def shown_progress(label: str, write_line: Callable[[str], object]) -> Iterator[Advance]:
    """Yield a function that is told the figures: on a terminal they are drawn, else written now and then."""
    if not sys.stderr.isatty():
        yield _writing_lines(label, write_line)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=1.0, figures="")
        yield lambda figures: progress.update(task, completed=figures.share, figures=str(figures))


def _writing_lines(label: str, write_line: Callable[[str], object]) -> Advance:
    last_s = time.monotonic()

    def advance(figures: Figures) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= LINE_EVERY_S:
            last_s = time.monotonic()
            write_line(f"{label}: {figures}")

    return advance
