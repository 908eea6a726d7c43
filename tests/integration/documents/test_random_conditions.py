"""Random conditions, nested and negated: MongoDB finds the rows that PostgreSQL finds."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import F, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db(databases=["default", "documents"])
INTEGERS = st.integers(-8, 13)
TEXTS = st.sampled_from(
    ["", "a", "A", ".", "%", "_", "\\", "(a+)+$", "note 1", "line", "e", "$", "^", "\n", "é", "x*", "[", '{"$gt": 1}']
)
TEXT_LOOKUPS = ["exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"]
ORDERED = ["exact", "gt", "gte", "lt", "lte"]
MOMENTS = st.datetimes(dt.datetime(2023, 12, 1), dt.datetime(2025, 1, 1), timezones=st.just(dt.UTC))


def _compared(columns, lookups, values):
    return st.builds(
        lambda column, lookup, value: Q(**{f"{column}__{lookup}": value}),
        st.sampled_from(columns),
        st.sampled_from(lookups),
        values,
    )


LEAVES = st.one_of(
    _compared(["count", "rank", "small", "ratio", "maker", "maker__founded"], ORDERED, INTEGERS),
    _compared(["name", "note", "code", "maker__name", "maker__city"], TEXT_LOOKUPS, TEXTS),
    _compared(["name", "note"], ["gt", "lte"], st.sampled_from(["B", "note 3"])),
    _compared(["count", "rank"], ["in"], st.lists(INTEGERS | st.none(), max_size=4)),
    _compared(["count", "rank", "ratio"], ["range"], st.tuples(INTEGERS, INTEGERS)),
    _compared(["note", "rank", "flag", "moment", "payload", "maker", "maker__city", "code"], ["isnull"], st.booleans()),
    _compared(["flag", "is_active"], ["exact"], st.booleans()),
    _compared(["price", "discount"], ORDERED, st.decimals(Decimal(-1), Decimal(25), places=3)),
    _compared(["moment"], ORDERED, MOMENTS),
    _compared(["moment__month", "day__day", "at__hour", "day__quarter"], ORDERED, st.integers(1, 12)),
    _compared(["day__year", "moment__year"], ORDERED, st.integers(2019, 2025)),
    _compared(
        ["payload__a", "payload__b__c", "payload__0"],
        ["exact"],
        st.sampled_from([1, "1", True, [], {"a": 2}, "deep", None]),
    ),
    _compared(["payload__a"], ["gt", "gte", "lt", "lte"], INTEGERS),
    _compared(["payload"], ["has_key"], st.sampled_from(["a", "b", "dotted.key", "$gt", "no"])),
    st.builds(
        lambda one, lookup, other: Q(**{f"{one}__{lookup}": F(other)}),
        st.sampled_from(["count", "rank", "small"]),
        st.sampled_from(ORDERED),
        st.sampled_from(["count", "rank", "ratio"]),
    ),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=6,
)
ORDERS = st.lists(
    st.sampled_from(["count", "-rank", "rank", "discount", "-moment", "flag", "maker__city", "-maker__founded"]),
    max_size=3,
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(condition=CONDITIONS, order=ORDERS, negates=st.booleans())
def test_random_conditions_find_the_same_rows(condition, order, negates, filled_stores):
    def found(m):
        rows = m.Thing.objects.exclude(condition) if negates else m.Thing.objects.filter(condition)
        return list(rows.order_by(*order, "id").values_list("id", flat=True))

    assert found(filled_stores.documents) == found(filled_stores.relational)
