"""Tables whose columns are parted by blanks and tabs, such as CDNOW's purchases."""

from core.errors import InvalidInput
from imports.layouts import Chunks, Layout, Reading
from imports.lines import Line, Lines, read_lines
from imports.readers.headers import check_width, checked_columns
from imports.records import Outcomes, Record, Rejection


def read_columns(chunks: Chunks, layout: Layout) -> Reading:
    """Read rows as text by column; the first line names the columns unless the layout does.

    Raises: InvalidInput for a header line that cannot be read.
    """
    lines = read_lines(chunks, layout.encoding)
    columns = checked_columns(layout.columns or _header(lines))
    return Reading(columns, _rows(lines, columns))


def _header(lines: Lines) -> tuple[str, ...]:
    first = next(lines, None)
    if first is None:
        raise InvalidInput("the file is empty: there is no header line")
    if isinstance(first, Rejection):
        raise InvalidInput(f"the header line cannot be read: {first.reason}")
    return tuple(first.text.split())


def _rows(lines: Lines, columns: tuple[str, ...]) -> Outcomes:
    for line in lines:
        yield _row(line, columns) if isinstance(line, Line) else line


def _row(line: Line, columns: tuple[str, ...]) -> Record | Rejection:
    values = line.text.split()
    wrong = check_width(len(values), columns)
    if wrong:
        return Rejection(line.number, wrong, line.raw)
    return Record(line.number, dict(zip(columns, values, strict=True)), line.raw)
