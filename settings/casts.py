"""Readings of a setting's text beyond python-decouple's own. Called by the components."""

from collections.abc import Callable


def positive_seconds(text: str | float) -> float:
    """Read a number of seconds above zero. Raises: ValueError."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text} is no number of seconds above 0")
    return seconds


def whole_number(least: int, most: int) -> Callable[[str | int], int]:
    """Make the reading of a whole number within bounds, both included. The reading raises ValueError."""

    def read(text: str | int) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(f"{text} is no whole number from {least} to {most}")
        return number

    return read
