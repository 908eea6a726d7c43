"""Readings of a setting's text beyond python-decouple's own. Called by the components."""

from collections.abc import Callable

WINDOWS_S = {"s": 1, "min": 60, "h": 3600}


def positive_seconds(text: str | float) -> float:
    """Read a number of seconds above zero. Raises: ValueError."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text} is no number of seconds above 0")
    return seconds


def positive_integer(text: str | int) -> int:
    """Read a whole number above zero. Raises: ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError(f"{text} is no whole number above 0")
    return number


def rate(text: str) -> tuple[int, int] | None:
    """Read a limit, units per window: `600/min` is (600, 60 s); `off` is None. Raises: ValueError."""
    if text == "off":
        return None
    units, _, window = text.partition("/")
    if not units.isdigit() or not int(units) or window not in WINDOWS_S:
        raise ValueError(f"{text!r} is no limit: write off, or for example 600/min (s, min, h)")
    return int(units), WINDOWS_S[window]


def link_template(text: str) -> str:
    """Read a link with `{uid}` and `{token}` in it, and no other braces. Raises: ValueError."""
    try:
        filled = text.format(uid="UID", token="TOKEN")  # noqa: S106 - these stand for what is filled in
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"{text} has other names in braces than uid and token") from error
    if "UID" not in filled or "TOKEN" not in filled:
        raise ValueError(f"{text} lacks {{uid}} or {{token}}")
    return text


def whole_number(least: int, most: int) -> Callable[[str | int], int]:
    """Make the reading of a whole number within bounds, both included. The reading raises ValueError."""

    def read(text: str | int) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(f"{text} is no whole number from {least} to {most}")
        return number

    return read
