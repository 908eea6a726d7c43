"""If-Match and If-None-Match, as RFC 9110 writes them."""

import pytest
from django.http.request import HttpHeaders

from api.preconditions import entity_tag, read_precondition
from core.errors import InvalidInput, PreconditionFailed


def holds(tag, **headers):
    """Tell whether what the headers demand holds for a thing's tag; None for no thing."""
    try:
        read_precondition(HttpHeaders({f"HTTP_{name.upper()}": text for name, text in headers.items()})).check(tag)
    except PreconditionFailed:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ('"1.a"', ["1.a"], ["1.b", "", None]),
        ('"1.a", "2.a"', ["1.a", "2.a"], ["3.a", None]),
        ('  "1.a" ,,"2.a"', ["1.a", "2.a"], ["3.a"]),
        ("*", ["1.a", "", "*"], [None]),
        (" * ", ["1.a"], [None]),
        ('"*"', [], ["1.a", "*", None]),
        ('"*", "1.a"', ["1.a"], ["2.a", None]),
        ('""', [""], ["1.a", None]),
    ],
)
def test_tags_are_one_of_those_or_none(text, matching, others):
    assert all(holds(tag, if_match=text) and not holds(tag, if_none_match=text) for tag in matching)
    assert not any(holds(tag, if_match=text) or not holds(tag, if_none_match=text) for tag in others)


def test_a_weak_tag_names_nothing_to_be_replaced():
    assert not holds("1.a", if_match='W/"1.a"')
    assert holds("1.a", if_match='W/"1.a", "1.a"')
    assert not holds("1.a", if_none_match='W/"1.a"')


def test_without_headers_nothing_is_demanded():
    assert read_precondition(HttpHeaders({})).demands_nothing
    assert holds("1.a")
    assert holds(None)
    assert not read_precondition(HttpHeaders({"HTTP_IF_MATCH": '"1"'})).demands_nothing


def test_both_headers_must_hold():
    assert holds("1.a", if_match='"1.a"', if_none_match='"2.a"')
    assert not holds("1.a", if_match='"1.a"', if_none_match='"1.a"')


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("text", ["", "1", "1.a", "'1'", '"1', "W/1", ",", 'w/"1"', "**", '"a"b'])
def test_what_is_no_tag_is_refused(name, text):
    with pytest.raises(InvalidInput) as refused:
        read_precondition({name: text})
    assert refused.value.path == name


def test_a_tag_is_written_in_quotes():
    assert entity_tag("1.a") == {"ETag": '"1.a"'}
