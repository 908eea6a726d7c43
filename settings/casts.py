"""Readings of a setting's text beyond python-decouple's own. Called by the components."""

WINDOWS_S = {"s": 1, "min": 60, "h": 3600}


def positive_seconds(text: str | float) -> float:
    """Read a number of seconds above zero. Raises: ValueError."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text} is no number of seconds above 0")
    return seconds


def rate(text: str) -> tuple[int, int] | None:
    """Read a limit, units per window: `600/min` is (600, 60 s); `off` is None. Raises: ValueError."""
    if text == "off":
        return None
    units, _, window = text.partition("/")
    if not units.isdigit() or not int(units) or window not in WINDOWS_S:
        raise ValueError(f"{text!r} is no limit: write off, or for example 600/min (s, min, h)")
    return int(units), WINDOWS_S[window]
