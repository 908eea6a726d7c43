"""Identity: canonical records, and counting repeats."""

from datetime import UTC, datetime

import pytest
from bson import Decimal128, Int64, ObjectId, Regex
from hypothesis import given
from hypothesis import strategies as st

from imports.identity import Occurrences, canonical_bytes, record_digest

records = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4) | st.booleans(), max_size=5)


@given(fields=records, seed=st.randoms())
def test_order_of_fields_does_not_matter(fields, seed):
    shuffled = list(fields.items())
    seed.shuffle(shuffled)
    assert canonical_bytes(dict(shuffled)) == canonical_bytes(fields)


@given(one=records, other=records)
def test_other_records_are_other_bytes(one, other):
    same = one == other and {name: type(value) for name, value in one.items()} == {
        name: type(value) for name, value in other.items()
    }
    assert (canonical_bytes(one) == canonical_bytes(other)) == same


def test_types_of_mongodb_have_one_way_to_be_written():
    fields = {
        "oid": ObjectId("5ca4bbc7a2dd94ee5816238c"),
        "long": Int64(7),
        "decimal": Decimal128("1.10"),
        "time": datetime(2026, 1, 1, tzinfo=UTC),
        "regex": Regex("a+", "i"),
        "bytes": b"\xff",
    }
    assert canonical_bytes(fields) == canonical_bytes(dict(reversed(fields.items())))
    assert canonical_bytes({"a": ObjectId("5ca4bbc7a2dd94ee5816238c")}) != canonical_bytes(
        {"a": "5ca4bbc7a2dd94ee5816238c"}
    )


def test_identity_holds_over_versions_of_the_product():
    assert record_digest("cdnow", {"customer_id": "00001", "n": 1}).hex() == "3a4945891b072c3f13fea380b02c7629"


def test_data_set_and_record_do_not_run_into_each_other():
    assert record_digest("a", {"b": 1}) != record_digest("b", {"b": 1})


@given(picks=st.lists(st.integers(min_value=0, max_value=5), max_size=60))
def test_repeats_are_counted_from_one(picks):
    counted: dict[int, int] = {}
    with Occurrences() as occurrences:
        for pick in picks:
            counted[pick] = counted.get(pick, 0) + 1
            assert occurrences.count(bytes([pick]) * 16) == counted[pick]


@pytest.mark.parametrize("rows", [50_000])
def test_counts_do_not_stay_in_memory(rows):
    import tracemalloc

    with Occurrences() as occurrences:
        tracemalloc.start()
        for row in range(rows):
            occurrences.count(row.to_bytes(16, "big"))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 1_000_000
