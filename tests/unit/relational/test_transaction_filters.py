"""The filters of transactions stand twice, for Django's queries and in the fixed SQL of a page: the same in both."""

import pytest

from relational.filters import TransactionFilter
from relational.selectors.transactions import OF_ACCOUNTS, OF_ENTRIES, page_sql


def test_every_filter_has_its_condition_once():
    assert sorted([*OF_ACCOUNTS, *OF_ENTRIES]) == sorted(TransactionFilter.base_filters)


@pytest.mark.parametrize("name", sorted(TransactionFilter.base_filters))
@pytest.mark.parametrize("owners", [None, []])
def test_a_filter_that_is_asked_for_stands_in_the_statement(name, owners):
    unset = dict.fromkeys(TransactionFilter.base_filters)
    asked = f"%({name})s"
    assert asked in page_sql(owners, {**unset, name: "value"})
    assert asked not in page_sql([], unset)


def test_a_filter_without_a_condition_is_not_passed_over():
    with pytest.raises(KeyError, match="unheard_of"):
        page_sql([], {"account": None, "unheard_of": "value"})
