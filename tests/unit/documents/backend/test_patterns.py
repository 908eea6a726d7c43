"""Text patterns without a server: everything is escaped, and regular expressions keep to what both stores mean alike."""

import re

import pytest
from django.db import DataError, NotSupportedError
from hypothesis import given
from hypothesis import strategies as st

from documents.backend import patterns

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def python(regex):
    """MongoDB's `\\z` is Python's `\\Z`."""
    return re.compile(regex.pattern.replace(r"\z", r"\Z"), regex.flags)


@given(TEXTS, TEXTS)
def test_patterns_find_what_python_finds(text, within):
    whole = within + text + within
    assert python(patterns.contains_pattern(text, ignore_case=False)).search(whole)
    assert bool(python(patterns.starts_pattern(text, ignore_case=False)).search(within)) is within.startswith(text)
    assert bool(python(patterns.ends_pattern(text, ignore_case=False)).search(within)) is within.endswith(text)
    assert bool(python(patterns.exact_pattern(text, ignore_case=False)).search(within)) is (within == text)


ALLOWED = {
    "^abc$": r"^abc\z",
    r"a\.b": r"a\.b",
    r"\d{2,3}x?": "[0-9]{2,3}x?",
    "(ab)+": "(ab)+",
    "[a-f0-9]*-[^x]": "[a-f0-9]*-[^x]",
    "a|b": "a|b",
    "(?:ab|cd)e": "(?:ab|cd)e",
}


@pytest.mark.parametrize("text", ALLOWED)
def test_allowed_expression_is_translated(text):
    assert patterns.regular_expression(text, ignore_case=False).pattern == ALLOWED[text]


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+",
        "(a|b)*",
        "((a+))*",
        r"\w",
        r"\bx",
        r"(a)\1",
        "(?=a)",
        "(?i)a",
        "a**",
        "*a",
        "[[:alpha:]]",
        "(a",
        "a)",
        "[a",
        "a{",
        r"\Z",
        "a*?",
    ],
)
def test_other_expression_is_refused(text):
    with pytest.raises(NotSupportedError, match="regular expression"):
        patterns.regular_expression(text, ignore_case=False)


def test_text_too_long_or_with_nul_is_an_error():
    with pytest.raises(DataError, match="at most 16000 characters"):
        patterns.contains_pattern("x" * 16_001, ignore_case=False)
    with pytest.raises(DataError, match="NUL"):
        patterns.contains_pattern("a\0", ignore_case=False)
