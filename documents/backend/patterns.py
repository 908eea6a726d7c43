"""Text patterns as MongoDB's regular expressions: LIKE-like lookups escaped, real ones by a small allow-list."""

import re

from bson.regex import Regex
from django.db import DataError

from documents.backend.refusals import refused

MAX_PATTERN_CHARS = 16_000
# What means the same to PostgreSQL and to MongoDB's PCRE, one token after another.
TOKEN = re.compile(
    r"""
    (?P<escape>\\[.\\^$|?*+()\[\]{}/\-"'@#%&!,:;<>=~_ ]) | (?P<digit>\\d)
    | (?P<set>\[\^?[A-Za-z0-9_ .,:;@#%&!<>=~+*/$(){}|?'"]+(?:-[A-Za-z0-9][A-Za-z0-9_ .,:;@]*)*\])
    | (?P<open>\((?:\?:)?) | (?P<close>\)) | (?P<repeat>[*+?]|\{\d{1,3}(?:,\d{0,3})?\})
    | (?P<any>\.) | (?P<start>\^) | (?P<end>\$) | (?P<either>\|) | (?P<literal>[^\\\[\]{}()*+?.^$|])
    """,
    re.VERBOSE | re.DOTALL,
)


def exact_pattern(text: str, *, ignore_case: bool) -> "Regex[str]":
    """Match the whole text."""
    return _regex(rf"^{_escaped(text)}\z", ignore_case=ignore_case)


def contains_pattern(text: str, *, ignore_case: bool) -> "Regex[str]":
    """Match the text anywhere."""
    return _regex(_escaped(text), ignore_case=ignore_case)


def starts_pattern(text: str, *, ignore_case: bool) -> "Regex[str]":
    """Match the text at the beginning; case-sensitive, it can use an index."""
    return _regex(rf"^{_escaped(text)}", ignore_case=ignore_case)


def ends_pattern(text: str, *, ignore_case: bool) -> "Regex[str]":
    r"""Match the text at the very end (`$` would also match before a last newline)."""
    return _regex(rf"{_escaped(text)}\z", ignore_case=ignore_case)


def regular_expression(text: str, *, ignore_case: bool) -> "Regex[str]":
    """Translate a regular expression whose every token means the same to PostgreSQL and MongoDB.

    Raises: NotSupportedError for any other token, and for a repeated group that itself repeats (`(a+)+`).
    """
    return _regex("".join(_translated(text)), ignore_case=ignore_case)


def _escaped(text: str) -> str:
    if "\x00" in text:
        raise DataError("a text cannot hold NUL (0x00) bytes")
    return re.escape(text)


def _regex(pattern: str, *, ignore_case: bool) -> "Regex[str]":
    if len(pattern) > MAX_PATTERN_CHARS:
        raise DataError(f"a text to search for has at most {MAX_PATTERN_CHARS} characters")
    return Regex(pattern, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)


def _translated(text: str) -> list[str]:
    parts: list[str] = []
    repeats_inside = [False]
    previous, position = "start", 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise refused(f"the regular expression {text!r} (at {text[position : position + 8]!r})")
        kind = str(match.lastgroup)
        _check_order(kind, previous, text)
        previous = _entered(kind, repeats_inside, text, match.end())
        parts.append({"digit": "[0-9]", "end": r"\z"}.get(kind, match.group()))
        position = match.end()
    if len(repeats_inside) != 1:
        raise refused(f"the regular expression {text!r}: its groups do not close")
    return parts


def _check_order(kind: str, previous: str, text: str) -> None:
    if kind == "repeat" and previous in {"start", "open", "either", "repeat", "end", "looping"}:
        raise refused(
            f"the regular expression {text!r}: what it repeats is nothing, repeated already or a loop of loops"
        )


def _entered(kind: str, repeats_inside: list[bool], text: str, _end: int) -> str:
    """Follow groups: a closed group that repeats inside (or chooses) may not itself be repeated."""
    if kind == "open":
        repeats_inside.append(False)
    elif kind in {"repeat", "either"}:
        repeats_inside[-1] = True
    elif kind == "close":
        if len(repeats_inside) == 1:
            raise refused(f"the regular expression {text!r}: its groups do not close")
        inner = repeats_inside.pop()
        repeats_inside[-1] |= inner
        return "looping" if inner else "group"
    return kind
