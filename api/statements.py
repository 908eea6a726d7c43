"""The statement of an account: its entries newest first, each with the balance after it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import filter_parameters
from api.serializers import page_of
from api.views import PagedView
from relational import selectors
from relational.filters import StatementFilter
from relational.models import MONEY_DECIMALS, MONEY_DIGITS
from relational.rows import StatementPlace, StatementRow


class StatementRowSerializer(serializers.Serializer[Any]):
    """An entry of an account."""

    id = serializers.UUIDField()
    transaction_id = serializers.UUIDField()
    booked = serializers.DateTimeField()
    description = serializers.CharField(allow_blank=True)
    reverses = serializers.UUIDField(allow_null=True, help_text="The transaction that this entry's takes back.")
    amount = serializers.DecimalField(MONEY_DIGITS, MONEY_DECIMALS)
    balance = serializers.DecimalField(MONEY_DIGITS, MONEY_DECIMALS, help_text="The account's, after this entry.")


class StatementView(PagedView):
    """The statement of an account."""

    scope = "ledger"
    shape = StatementRowSerializer
    orders = ("-booked",)
    parameters = (*PagedView.parameters, *filter_parameters(StatementFilter))

    @extend_schema(
        responses=page_of(StatementRowSerializer, "StatementPage"), tags=["ledger"], operation_id="read_statement"
    )
    def get(self, request: Request, account_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """List an account's entries, newest first, each with the balance after it."""
        position = self.position()
        statement = selectors.statement_page(
            self.principal,
            account_id,
            limit=self.limit + 1,
            place=_read_place(*position) if position else None,
            filters=self.filters(StatementFilter),
        )

        def position_of(row: StatementRow) -> list[Any]:
            place = selectors.place_after(row, statement)
            return [str(place.transaction_id), str(place.entry_id), str(place.balance), place.backdated]

        return self.render_page(statement.rows, position_of)


def _read_place(transaction_id: str, entry_id: str, balance: str, backdated: int) -> StatementPlace:
    return StatementPlace(UUID(transaction_id), UUID(entry_id), Decimal(balance), backdated)
