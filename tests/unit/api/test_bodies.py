"""Bodies are read in one way: strictly, by a reader that may be shared, in words that fit a whole body."""

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.parsers import StrictJSONParser
from api.serializers import StrictCharField, StrictSerializer, read_body


class LetterSerializer(StrictSerializer):
    to = StrictCharField()
    text = StrictCharField(default="")


LETTER = LetterSerializer()


def request_with(text):
    return Request(APIRequestFactory().generic("POST", "/", text, "application/json"), parsers=[StrictJSONParser()])


def test_one_reader_serves_many_requests():
    for to in ("ada", "bob"):
        assert read_body(request_with(f'{{"to": "{to}"}}'), LETTER) == {"to": to, "text": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("null", "send an object"),
        ("[]", "Expected a dictionary"),
        ("{}", "required"),
        ('{"to": 1}', "Not a valid string"),
        ('{"to": "ada", "cc": "bob"}', "unknown field"),
    ],
)
def test_a_wrong_body_is_refused(text, said):
    with pytest.raises(ValidationError, match=said):
        read_body(request_with(text), LETTER)
