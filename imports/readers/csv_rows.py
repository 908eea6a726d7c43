"""Comma-separated values after RFC 4180. A quote left open costs its own line, not the rest of the file."""

import csv
from collections import deque

from core.errors import InvalidInput
from imports.layouts import Chunks, Layout, Reading
from imports.lines import Line, Lines, read_lines
from imports.readers.headers import check_width, checked_columns
from imports.records import Outcomes, Record, Rejection

MAX_RECORD_CHARACTERS = 1 << 20
QUOTE = '"'


def read_csv(chunks: Chunks, layout: Layout) -> Reading:
    """Read rows as text by column; the first line names the columns unless the layout does.

    A record spans lines only inside quotes (where CRLF becomes LF), up to 1 Mi characters.
    Raises: InvalidInput for a header line that cannot be read.
    Source: RFC 4180, 2.
    """
    rows = _Rows(read_lines(chunks, layout.encoding, blank=True), layout.delimiter)
    columns = checked_columns(layout.columns or _header(rows))
    return Reading(columns, _records(rows, columns))


def _header(rows: "_Rows") -> tuple[str, ...]:
    first = rows.next_row()
    if first is None:
        raise InvalidInput("the file is empty: there is no header line")
    if isinstance(first, Rejection):
        raise InvalidInput(f"the header line cannot be read: {first.reason}")
    return tuple(name.strip() for name in first[1])


def _records(rows: "_Rows", columns: tuple[str, ...]) -> Outcomes:
    while (row := rows.next_row()) is not None:
        if isinstance(row, Rejection):
            yield row
            continue
        first, values, raw = row
        wrong = check_width(len(values), columns)
        if wrong:
            yield Rejection(first, wrong, raw)
        else:
            yield Record(first, dict(zip(columns, values, strict=True)), raw)


class _Rows:
    """Lines put together to rows; lines that turn out not to belong to a row are read again as their own."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._again: deque[Line | Rejection] = deque()
        self._delimiter = delimiter

    def next_row(self) -> tuple[int, list[str], bytes] | Rejection | None:
        """Return (number of its first line, values, raw) or a rejection; None at the end."""
        first = self._next_line()
        while isinstance(first, Line) and not first.text.strip():
            first = self._next_line()
        if not isinstance(first, Line):
            return first
        lines, closed = self._collect(first)
        wrong = "a quote is not closed"
        if closed:
            try:
                return first.number, self._parse(lines), b"\n".join(line.raw for line in lines)
            except csv.Error as error:
                wrong = str(error)
        self._again.extendleft(reversed(lines[1:]))
        return Rejection(first.number, f"no CSV: {wrong}", first.raw)

    def _next_line(self) -> Line | Rejection | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _collect(self, first: Line) -> tuple[list[Line], bool]:
        lines, quotes, characters = [first], first.text.count(QUOTE), len(first.text)
        while quotes % 2 and characters <= MAX_RECORD_CHARACTERS:
            line = self._next_line()
            if not isinstance(line, Line):
                if line is not None:
                    self._again.appendleft(line)
                break
            lines.append(line)
            quotes, characters = quotes + line.text.count(QUOTE), characters + len(line.text)
        return lines, quotes % 2 == 0

    def _parse(self, lines: list[Line]) -> list[str]:
        text = "\n".join(line.text for line in lines)
        return next(csv.reader([text], delimiter=self._delimiter, strict=True))
