"""Values of filters: read as text or as what it means, refused by the filter's name."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from core.errors import InvalidInput
from relational.filters import TransactionFilter, read_filters

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ROW_ID = UUID("01a1ff7e-2d8a-70f1-96fe-37a544f4040d")


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("booked_from", "2026-01-31T12:00:00Z", NOON),
        ("booked_from", "2026-01-31T13:00:00+01:00", NOON),
        ("booked_before", "2026-01-31T13:00:00 01:00", NOON),
        ("booked_before", NOON, NOON),
        ("amount", "12.5", Decimal("12.5")),
        ("amount", "0", Decimal(0)),
        ("amount", Decimal("12.5"), Decimal("12.5")),
        ("account", str(ROW_ID), ROW_ID),
        ("account", ROW_ID, ROW_ID),
        ("book", "bank", "bank"),
    ],
)
def test_a_value_is_read(name, given, read):
    assert read_filters(TransactionFilter, {name: given})[name] == read


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("booked_from", "yesterday"),
        ("booked_from", "2026-01-31T12:00:00"),
        ("amount", "-1"),
        ("amount", "1e3"),
        ("amount", "01"),
        ("amount", "1.00000"),
        ("amount", "1" * 17),
        ("amount", "١"),
        ("account", "somebody's"),
        ("posted_by", "1"),
        ("book", "a\0b"),
        ("unheard_of", "1"),
    ],
)
def test_a_wrong_one_is_refused_by_its_name(name, given):
    with pytest.raises(InvalidInput) as refused:
        read_filters(TransactionFilter, {"book": "bank", name: given})
    assert refused.value.path == name


def test_nothing_given_is_every_filter_unset():
    unset = read_filters(TransactionFilter, {})
    assert set(unset) == set(TransactionFilter.base_filters)
    assert not any(unset.values())
