"""Transactions of the ledger: the list, newest first, and one by id."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import filter_parameters
from api.serializers import page_of
from api.views import ApiView, PagedView
from relational import selectors
from relational.filters import TransactionFilter
from relational.models import MONEY_DECIMALS, MONEY_DIGITS
from relational.selectors.transactions import LAST_ID


class EntrySerializer(serializers.Serializer[Any]):
    """One line of a transaction: an amount into (positive) or out of (negative) an account."""

    account_id = serializers.UUIDField()
    number = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.DecimalField(MONEY_DIGITS, MONEY_DECIMALS)


class TransactionSerializer(serializers.Serializer[Any]):
    """A booking; its entries sum to zero per currency."""

    id = serializers.UUIDField()
    book = serializers.CharField()
    booked = serializers.DateTimeField()
    description = serializers.CharField(allow_blank=True)
    data_set = serializers.CharField(allow_blank=True)
    details = serializers.DictField(help_text="Whatever else its source said.")
    entries = EntrySerializer(many=True)


class TransactionsView(PagedView):
    """The list of transactions."""

    scope = "ledger"
    parameters = (*PagedView.parameters, *filter_parameters(TransactionFilter))

    @extend_schema(
        responses=page_of(TransactionSerializer, "TransactionPage"),
        tags=["ledger"],
        operation_id="list_transactions",
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the transactions that touch accounts the caller may see, newest booking first."""
        (before,) = self.position() or [None]
        transactions = selectors.transactions_page(
            self.principal,
            limit=self.limit + 1,
            before=UUID(before) if before else LAST_ID,
            filters=self.filters(TransactionFilter),
        )
        return self.render_page(transactions, lambda transaction: [str(transaction.id)])


class TransactionView(ApiView):
    """One transaction."""

    scope = "ledger"

    @extend_schema(responses=TransactionSerializer, tags=["ledger"], operation_id="read_transaction")
    def get(self, request: Request, transaction_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one transaction with all its entries."""
        return Response(selectors.transaction_by_id(self.principal, transaction_id))
