"""What a user may be called in another source: nothing empty, over-long, or that would make somebody else's actor."""

import pytest

from core.errors import InvalidInput
from relational.services.user_keys import check_key


@pytest.mark.parametrize(("source", "key"), [("crm", "1"), ("s" * 100, "k" * 200), ("users", "a:b"), ("User", " ")])
def test_a_source_and_a_key(source, key):
    check_key(source, key)


@pytest.mark.parametrize(
    ("source", "key", "words", "path"),
    [
        ("", "1", "source is empty", "source"),
        ("crm", "", "key is empty", "key"),
        ("s" * 101, "1", "source has 101 characters: at most 100", "source"),
        ("crm", "k" * 201, "key has 201 characters: at most 200", "key"),
        ("c\0m", "1", "source has a NUL", "source"),
        ("crm", "a\0b", "key has a NUL", "key"),
        ("user", "1", "no source of keys", "source"),
        ("crm:user", "1", "no source of keys", "source"),
    ],
)
def test_a_refusal_names_which_of_the_two(source, key, words, path):
    with pytest.raises(InvalidInput, match=words) as refused:
        check_key(source, key)
    assert refused.value.path == path
