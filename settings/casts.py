"""Readings of a setting's text beyond python-decouple's own. Called by the components."""


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
