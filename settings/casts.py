"""Readings of a setting's text beyond python-decouple's own. Called by the components."""


def positive_seconds(text: str | float) -> float:
    """Read a number of seconds above zero. Raises: ValueError."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text} is no number of seconds above 0")
    return seconds


def link_template(text: str) -> str:
    """Read a link with `{uid}` and `{token}` in it, and no other braces. Raises: ValueError."""
    try:
        filled = text.format(uid="UID", token="TOKEN")  # noqa: S106 - these stand for what is filled in
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"{text} has other names in braces than uid and token") from error
    if "UID" not in filled or "TOKEN" not in filled:
        raise ValueError(f"{text} lacks {{uid}} or {{token}}")
    return text
