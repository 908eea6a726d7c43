"""The way of a load: files to records, records to rows, rows in batches to a store; counts and rejects on the way.

Called by the command `load`, by demo data and by tests.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.errors import Conflict, InvalidInput, OutcomeUnknown, StoreUnavailable
from imports.detection import data_set_name, detect_format, detect_pattern
from imports.identity import Occurrences, record_digest
from imports.layouts import Layout
from imports.patterns import PATTERNS, LogPattern
from imports.readers import READERS
from imports.records import Record, Rejection
from imports.rejects import RejectsFile
from imports.sources import Source, open_source
from imports.targets.base import Identity, Stored, Target

MAX_DATA_SET_CHARACTERS = 100
PAUSES_S = (0.2, 1.0, 3.0)
Row = TypeVar("Row")
Progress = Callable[[int], None]


@dataclass(slots=True)
class Counts:
    """How many records were read, stored, there already, and rejected."""

    read: int = 0
    stored: int = 0
    there: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to read the files, as far as the user says; the rest is told from each file's name and content."""

    layout: Layout = field(default_factory=lambda: Layout(""))
    pattern: str = ""
    patterns: Mapping[str, LogPattern] = field(default_factory=lambda: PATTERNS)
    data_set: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much at once (`batch_rows`) and at most (`max_records`, None: all); a dry run stores nothing."""

    batch_rows: int = 1000
    max_records: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Pending(Generic[Row]):
    record: Record
    row: Row


class Loading(Generic[Row]):
    """One run over one or more files into one target."""

    def __init__(self, target: Target[Row], occurrences: Occurrences, rejects: RejectsFile, bounds: Bounds) -> None:
        self._target = target
        self._occurrences = occurrences
        self._rejects = rejects
        self._bounds = bounds
        self._batch: list[_Pending[Row]] = []
        self._file_name = ""
        self.counts = Counts()
        self.cuts: list[str] = []

    def load_file(self, path: Path, wishes: Wishes, progress: Progress = lambda _: None) -> None:
        """Load one file; `progress` is told the bytes read so far after each batch.

        Raises: NotFound, InvalidInput for a file or mapping that cannot be read at all, StoreError when a store fails.
        """
        with open_source(path) as source:
            self._file_name = source.name
            data_set = checked_data_set(wishes.data_set or data_set_name(source.name))
            layout = complete_layout(source, wishes)
            reading = READERS[layout.format](source.chunks(), layout)
            self._target.begin_file(data_set, layout, reading.columns)
            if not self._bounds.dry_run:
                self._target.prepare_store()
            for outcome in islice(reading.outcomes, self._left()):
                self._take(outcome, data_set)
                if len(self._batch) >= self._bounds.batch_rows:
                    self._flush()
                    progress(source.position())
            self._flush()
            progress(source.position())

    def _left(self) -> int | None:
        most = self._bounds.max_records
        return None if most is None else max(most - self.counts.read, 0)

    def _take(self, outcome: Record | Rejection, data_set: str) -> None:
        self.counts.read += 1
        if isinstance(outcome, Rejection):
            self._reject(outcome)
            return
        try:
            row = self._target.make_row(outcome.fields, lambda: self._identify(data_set, outcome.fields))
        except InvalidInput as error:
            self._reject(Rejection(outcome.number, _with_field(error), outcome.raw))
            return
        self._batch.append(_Pending(outcome, row))

    def _identify(self, data_set: str, fields: Mapping[str, Any]) -> Identity:
        digest = record_digest(data_set, fields)
        return Identity(digest, self._occurrences.count(digest))

    def _reject(self, rejection: Rejection) -> None:
        self.counts.rejected += 1
        if rejection.ends_input:
            where = f"{self._file_name} ends in the middle, at record {rejection.number}"
            self.cuts.append(f"{where}: what follows is missing; get the whole file and load it again")
        self._rejects.write(self._file_name, rejection)

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if self._bounds.dry_run:
            self.counts.stored += len(batch)
        elif batch:
            self._store(batch)
        self._rejects.flush()

    def _store(self, batch: Sequence[_Pending[Row]]) -> None:
        """Store a batch; one that is refused as a whole is halved until the record that is wrong stands alone."""
        try:
            stored = self._store_with_patience([pending.row for pending in batch])
        except (InvalidInput, Conflict) as error:
            if len(batch) == 1:
                record = batch[0].record
                self._reject(Rejection(record.number, _with_field(error), record.raw))
                return
            middle = len(batch) // 2
            self._store(batch[:middle])
            self._store(batch[middle:])
            return
        self.counts.stored += stored.new
        self.counts.there += stored.there
        for position, reason in stored.refused:
            record = batch[position].record
            self._reject(Rejection(record.number, reason, record.raw))

    def _store_with_patience(self, rows: list[Row]) -> Stored:
        """Try again when the answer was lost or a store went away: rows bear their identity, twice is once."""
        for pause_s in PAUSES_S:
            try:
                return self._target.store_rows(rows)
            except OutcomeUnknown:
                time.sleep(pause_s)
            except StoreUnavailable:
                if not (self.counts.stored or self.counts.there):  # it was never there: say so at once
                    raise
                time.sleep(pause_s)
        return self._target.store_rows(rows)


def _with_field(error: InvalidInput | Conflict) -> str:
    """Return what is wrong, with the field's name where the message itself does not tell it."""
    field = error.path.rpartition(".")[2] if isinstance(error, InvalidInput) else ""
    return error.message if field in error.message else f"{field}: {error.message}"


def complete_layout(source: Source, wishes: Wishes) -> Layout:
    """Fill what the user did not say about a file's layout from its name and first bytes.

    Raises: InvalidInput when they do not tell, or the pattern named is unknown.
    """
    layout = wishes.layout
    named = layout.format or ("log" if wishes.pattern else "")
    tabs = source.name.lower().removesuffix(".gz").endswith(".tsv") and layout.delimiter == ","
    delimiter = "\t" if tabs else layout.delimiter
    chosen = named or detect_format(source.name, source.head, wishes.patterns, delimiter)
    return replace(
        layout,
        format=chosen,
        delimiter=delimiter,
        pattern=_pattern(source, wishes) if chosen == "log" else None,
    )


def _pattern(source: Source, wishes: Wishes) -> LogPattern:
    if not wishes.pattern:
        return detect_pattern(source.name, source.head, wishes.patterns)
    if wishes.pattern not in wishes.patterns:
        raise InvalidInput(f"there is no pattern {wishes.pattern!r}; there are {', '.join(wishes.patterns)}")
    return wishes.patterns[wishes.pattern]


def checked_data_set(name: str) -> str:
    """Return a data set's name.

    Raises: InvalidInput when it is empty, too long or has control characters.
    """
    if not name.isprintable() or not 0 < len(name) <= MAX_DATA_SET_CHARACTERS:
        bound = f"1 to {MAX_DATA_SET_CHARACTERS} printable characters"
        raise InvalidInput(f"a data set's name has {bound}: name it with --data-set", path="data_set")
    return name
