"""The header line of a table: taken from the file or from the layout, and checked. Called by the readers of tables."""

from core.errors import InvalidInput


def checked_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names as they are.

    Raises: InvalidInput when there are none, one is empty or one stands twice.
    """
    if not names or "" in names:
        raise InvalidInput(f"the header line names {list(names)}: every column needs a name; see --columns")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"the header line names {', '.join(twice)} twice; name the columns yourself with --columns")
    return names


def check_width(values: int, columns: tuple[str, ...]) -> str:
    """Return what is wrong with a row of so many values, or nothing."""
    return "" if values == len(columns) else f"{values} values for {len(columns)} columns ({', '.join(columns)})"
