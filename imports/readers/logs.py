"""Plain logs: a line is what its named pattern says, or it is rejected."""

from typing import Any

from core.errors import InvalidInput
from imports.layouts import Chunks, Layout, Reading
from imports.lines import Line, read_lines
from imports.patterns import LogPattern
from imports.records import Outcomes, Record, Rejection


def read_log(chunks: Chunks, layout: Layout) -> Reading:
    """Read lines as the fields of the layout's pattern; blanks around a field do not belong to it.

    Raises: InvalidInput when the layout has no pattern.
    """
    if layout.pattern is None:
        raise InvalidInput("a log needs a pattern: name one with --pattern")
    return Reading(layout.pattern.columns, _records(chunks, layout.encoding, layout.pattern))


def _records(chunks: Chunks, encoding: str, pattern: LogPattern) -> Outcomes:
    for line in read_lines(chunks, encoding):
        yield _record(line, pattern) if isinstance(line, Line) else line


def _record(line: Line, pattern: LogPattern) -> Record | Rejection:
    found = pattern.regex.fullmatch(line.text)
    if not found:
        return Rejection(line.number, f"the line does not match the pattern {pattern.name!r}", line.raw)
    fields: dict[str, Any] = {name: text.strip() for name, text in found.groupdict().items() if text is not None}
    for name in pattern.integers:
        if name in fields:
            fields[name] = int(fields[name])
    return Record(line.number, fields, line.raw)
