from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.conversions import CONVERSIONS, MAX_INT64, MIN_INT64


def convert(name, value, part=""):
    return CONVERSIONS[name].convert(value, part)


@pytest.mark.parametrize(
    ("name", "value", "part", "converted"),
    [
        ("same", 7, "", 7),
        ("text", "00001", "", "00001"),
        ("text_to_int", "00371138", "", 371138),
        ("text_to_int", "-5", "", -5),
        ("int_to_text", 371138, "", "371138"),
        (
            "text_to_uuid",
            "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
            "",
            UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
        ),
        (
            "user_actor",
            UUID("0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
            "",
            "user:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        ),
        ("key_actor", "root", "OpenSSH.user", "OpenSSH.user:root"),
    ],
)
def test_values_are_written_as_the_other_store_has_them(name, value, part, converted):
    result = convert(name, value, part)
    assert (type(result), result) == (type(converted), converted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("text_to_int", text) for text in ("", "1.0", "1_000", " 1", "١", "9223372036854775808", "9" * 20, "0x1", 5)],
        *[("text_to_uuid", text) for text in ("", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "z" * 36, 5)],
        *[("text_to_object_id", text) for text in ("", "5ca4bbcea2dd94ee58162a6", "g" * 24, "a" * 12, 5)],
        *[("int_to_text", value) for value in (True, 1.0, "1", None)],
        *[("text", value) for value in (1, None, b"a", "a\0")],
        ("user_actor", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
        ("key_actor", 5),
    ],
)
def test_what_can_name_nothing_is_refused(name, value):
    with pytest.raises(ValueError):  # noqa: PT011 - the engine tells no more apart
        convert(name, value)


@pytest.mark.parametrize("source", ["user", "a:b", ":"])
def test_a_source_whose_actors_would_be_anothers_names_nobody(source):
    with pytest.raises(ValueError, match="no source of keys"):
        convert("key_actor", "c", source)


@given(st.integers(MIN_INT64, MAX_INT64))
def test_whole_numbers_of_64_bits_go_there_and_back(number):
    assert convert("text_to_int", convert("int_to_text", number)) == number


@given(st.uuids())
def test_uuids_are_read_as_they_are_written(value):
    assert convert("text_to_uuid", str(value)) == value
