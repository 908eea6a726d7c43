"""What can be refused of a posting before its accounts are known, each refusal with its path."""

from decimal import Decimal

import pytest

from core.errors import InvalidInput
from core.ids import new_id
from relational.rows import NewEntry, NewPosting
from relational.services.posting_rules import LONGEST_DESCRIPTION, MOST_ENTRIES, check_amount, check_posting

ADA, BOB = new_id(), new_id()


def posting(*entries, description=""):
    return NewPosting(tuple(NewEntry(account_id, Decimal(amount)) for account_id, amount in entries), description)


def many(count):
    return posting(*((new_id(), "1") for _ in range(count)))


@pytest.mark.parametrize(
    "amount", ["0", "-0.0001", "9999999999999999.9999", "-9999999999999999.9999", "1E+3", "5.00000"]
)
def test_what_a_column_of_money_holds_is_an_amount(amount):
    check_amount(Decimal(amount), path="amount")


@pytest.mark.parametrize("amount", ["0.00001", "1E+16", "-1E+16", "1E-30", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_it_does_not_hold_is_none(amount):
    with pytest.raises(InvalidInput, match="is no amount") as refused:
        check_amount(Decimal(amount), path="entries[3].amount")
    assert refused.value.path == "entries[3].amount"


@pytest.mark.parametrize("count", [2, MOST_ENTRIES])
def test_two_to_the_most_entries_are_a_posting(count):
    check_posting(many(count))
    check_posting(posting((ADA, "-1"), (BOB, "1"), description="x" * LONGEST_DESCRIPTION))


@pytest.mark.parametrize(
    ("refused", "words", "path"),
    [
        (many(0), "2 to 100 entries", "entries"),
        (many(1), "2 to 100 entries", "entries"),
        (many(MOST_ENTRIES + 1), "2 to 100 entries", "entries"),
        (posting((ADA, "-1"), (BOB, "1"), description="x" * (LONGEST_DESCRIPTION + 1)), "over 200", "description"),
        (posting((ADA, "-1"), (BOB, "1"), description="a\0b"), "with a NUL", "description"),
        (posting((ADA, "-1"), (BOB, "1.00001")), "is no amount", "entries[1].amount"),
        (posting((ADA, "0"), (BOB, "0")), "is not zero", "entries[0].amount"),
        (posting((ADA, "-1"), (BOB, "-0.0000")), "is not zero", "entries[1].amount"),
        (posting((ADA, "-1"), (BOB, "2"), (ADA, "-1")), "stands once", "entries[2].account_id"),
    ],
)
def test_a_refusal_names_its_place(refused, words, path):
    with pytest.raises(InvalidInput, match=words) as error:
        check_posting(refused)
    assert error.value.path == path
