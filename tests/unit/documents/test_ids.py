from uuid import UUID

import pytest
from bson import Binary, Int64, ObjectId
from bson.binary import UuidRepresentation
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from documents.ids import MAX_INT64, MIN_INT64, parse_id, read_id, write_id

own_ids = st.one_of(
    st.integers(MIN_INT64, MAX_INT64),
    st.uuids(),
    st.binary(min_size=12, max_size=12).map(ObjectId),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40),
    st.from_regex(r"\A(-?[0-9]{1,25}|[0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z"),
)


@given(own_ids)
def test_the_text_of_an_id_names_it(own):
    stored = read_id(own)
    assert parse_id(write_id(stored)) == stored
    assert type(parse_id(write_id(stored))) is type(stored)
    assert write_id(stored) == str(own)


@given(own_ids, own_ids)
def test_two_ids_with_one_text_are_one(one, other):
    assert (write_id(read_id(one)) == write_id(read_id(other))) == (read_id(one) == read_id(other))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0", 0),
        ("-0", "-0"),
        ("007", "007"),
        ("+7", "+7"),
        ("-7", -7),
        ("1.0", "1.0"),
        ("９", "９"),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), str(2**63)),
        ("5ca4bbcea2dd94ee58162a68", ObjectId("5ca4bbcea2dd94ee58162a68")),
        ("5CA4BBCEA2DD94EE58162A68", "5CA4BBCEA2DD94EE58162A68"),
        ("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")),
        ("0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
        ("0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b"),
        ("7\n", "7\n"),
    ],
)
def test_a_text_is_what_it_is_the_usual_writing_of(text, stored):
    assert parse_id(text) == stored
    assert type(parse_id(text)) is type(stored)


def test_the_drivers_types_are_read():
    wanted = UUID(int=7)
    assert read_id(Binary.from_uuid(wanted, UuidRepresentation.STANDARD)) == wanted
    assert type(read_id(Int64(7))) is int


@pytest.mark.parametrize("own", ["", "a\0", "\ud800", "x" * 513, 2**63, -(2**63) - 1, 1.0, True, None, b"x", [], {}])
def test_what_no_id_can_be_is_refused(own):
    with pytest.raises(InvalidInput) as refused:
        read_id(own)
    assert refused.value.path == "_id"
