"""What Django, DRF and orjson do with wrong or odd input, and why the room `api` has parsers and checks of its own."""

import io

import orjson
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request


def parse(body):
    return JSONParser().parse(io.BytesIO(body))


def test_drf_keeps_the_last_of_duplicate_keys():
    assert parse(b'{"a": 1, "a": 2}') == {"a": 2}


def test_drf_reads_half_surrogate_pairs_and_nul():
    assert parse(b'["\\ud800", "\\u0000"]') == ["\ud800", "\0"]


def test_drf_reads_numbers_beyond_a_double_as_infinity():
    assert parse(b"1e999") == float("inf")


def test_drf_refuses_nan_only_when_it_is_spelt_out():
    with pytest.raises(ParseError, match="JSON parse error - Out of range float values are not JSON compliant: 'NaN'"):
        parse(b"NaN")


def test_drf_fails_on_depth_with_an_error_that_is_no_parse_error():
    with pytest.raises(RecursionError):
        parse(b"[" * 100_000)


def test_drf_takes_a_body_in_chunks_for_an_empty_one():
    sent = RequestFactory().post("/", b"{}", content_type="application/json", headers={"transfer-encoding": "chunked"})
    del sent.META["CONTENT_LENGTH"]
    assert Request(sent, parsers=[JSONParser()]).data == {}


def test_django_mends_wrong_utf8_in_queries():
    assert QueryDict(b"a=%FF")["a"] == "\ufffd"


def test_orjson_holds_no_integer_beyond_64_bits():
    with pytest.raises(TypeError, match="Integer exceeds 64-bit range"):
        orjson.dumps(1 << 64)


def test_orjson_writes_nan_as_null():
    assert orjson.dumps(float("nan")) == b"null"
