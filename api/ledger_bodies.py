"""Bodies of the ledger's writes. One reader each serves every request: making them anew costs as much as a posting."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers import StrictCharField, StrictIdField, StrictItemsField, StrictSerializer
from relational.models import AccountKind
from relational.models.ledger import ISO_4217
from relational.services.posting_rules import LONGEST_DESCRIPTION, MOST_ENTRIES

AMOUNT = r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?"


@extend_schema_field({"type": "string", "pattern": f"^{AMOUNT}$", "example": "12.50"})
class AmountField(serializers.Field[Decimal, str, str, Any]):
    """An amount of money as text: up to 16 digits, a point and up to four decimals."""

    pattern = re.compile(AMOUNT)
    default_error_messages: ClassVar[dict[str, Any]] = {
        "number": 'send the amount as text, like "12.50": a JSON number may lose digits',
        "invalid": "no amount: write digits, at most 16, and at most four decimals after a point, like 12.50",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """Read an amount. Raises: ValidationError."""
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            self.fail("number")
        if not isinstance(data, str) or not self.pattern.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Any) -> str:
        """Write an amount."""
        return format(value, "f")


EXAMPLE = [
    {"account_id": "01a1fd80-af12-7652-b462-4c67f130d496", "amount": "-12.50"},
    {"account_id": "01a1fd80-b0c4-7c02-9d31-5a0e6c1f2d77", "amount": "12.50"},
]


class PostingEntrySerializer(StrictSerializer):
    """An amount into (positive) or out of (negative) an account, in the account's currency."""

    account_id = StrictIdField()
    amount = AmountField(help_text="Not zero.")


class PostingSerializer(StrictSerializer):
    """A transaction to be posted."""

    entries: Any = StrictItemsField(
        child=PostingEntrySerializer(),
        described={"example": EXAMPLE},
        min_length=2,
        max_length=MOST_ENTRIES,
        help_text="They sum to zero in each currency.",
    )
    description = StrictCharField(max_length=LONGEST_DESCRIPTION, allow_blank=True, default="")


class ReversalSerializer(StrictSerializer):
    """A reversal to be posted."""

    description = StrictCharField(max_length=LONGEST_DESCRIPTION, allow_blank=True, default="")


class NewAccountSerializer(StrictSerializer):
    """An account to be opened."""

    owner_id = StrictIdField(default=None, help_text="A user or a team; the caller unless said.")
    book = StrictCharField(max_length=64)
    number = StrictCharField(max_length=64)
    currency = StrictCharField(
        validators=[ISO_4217], help_text="Three capital letters, as ISO 4217 has them; the list is not looked at."
    )
    kind = serializers.ChoiceField(AccountKind.choices, default=AccountKind.ASSET.value)
    overdraft_limit = AmountField(default=Decimal(0), help_text="How far below zero it may go.")


class OverdraftSerializer(StrictSerializer):
    """What of an account can be changed."""

    overdraft_limit = AmountField(help_text="How far below zero it may go.")


POSTING, REVERSAL, ACCOUNT, OVERDRAFT = (
    PostingSerializer(),
    ReversalSerializer(),
    NewAccountSerializer(),
    OverdraftSerializer(),
)
