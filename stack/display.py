"""What one sees while a stack starts: a live line per server, or plain lines without a terminal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Display:
    """Lines of progress, one per subject; may be written from several threads."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._last: dict[str, str] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[subject]:<12}"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to another program that shows its own progress."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def say(self, subject: str, text: str) -> None:
        """Show what a subject is at; repeated text is shown once."""
        with self._lock:
            if self._last.get(subject) == text:
                return
            self._last[subject] = text
            if not self.console.is_terminal:
                self.console.print(f"{subject:<12} {text}", markup=False, highlight=False)
            elif subject in self._tasks:
                self._progress.update(self._tasks[subject], description=text)
            else:
                self._tasks[subject] = self._progress.add_task(text, total=None, subject=subject)

    def finish(self, subject: str, text: str) -> None:
        """Show how a subject ended."""
        with self._lock:
            if subject in self._tasks:
                self._progress.remove_task(self._tasks.pop(subject))
            self.console.print(f"{subject:<12} {text}", markup=False, highlight=False)
