"""Transactions of the ledger: posting one, the list, newest first, one by id, and its reversal."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import IDEMPOTENCY_KEY, create_once
from api.ledger_bodies import POSTING, REVERSAL, PostingSerializer, ReversalSerializer
from api.parameters import filter_parameters
from api.serializers import page_of
from api.views import ApiView, PagedView
from core.ids import LAST_ID
from relational import selectors, services
from relational.filters import TransactionFilter
from relational.models import MONEY_DECIMALS, MONEY_DIGITS
from relational.rows import NewEntry, NewPosting, TransactionRow

ADDRESS = "/api/v1/transactions/{}"


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
    posted_by = serializers.UUIDField(allow_null=True, help_text="The user who posted it; null when it was loaded.")
    reverses = serializers.UUIDField(allow_null=True, help_text="The transaction that this one takes back.")
    reversed_by = serializers.UUIDField(allow_null=True, help_text="The transaction that takes this one back.")
    entries = EntrySerializer(many=True)


class TransactionsView(PagedView):
    """The list of transactions, and where they are posted."""

    scope = "ledger"
    shape = TransactionSerializer
    orders = ("-booked",)
    write_problems = (422,)
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

    @extend_schema(
        request=PostingSerializer,
        responses={201: TransactionSerializer},
        parameters=[IDEMPOTENCY_KEY],
        tags=["ledger"],
        operation_id="post_transaction",
    )
    def post(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Post a transaction, booked now: amounts out of accounts (negative) and into others, zero in each currency.

        Who owns an account, or is in the team that does, may debit it; anybody may credit it. External accounts are
        debited by operators: that is a deposit.
        """

        def post(body: dict[str, Any]) -> TransactionRow:
            entries = tuple(NewEntry(entry["account_id"], entry["amount"]) for entry in body["entries"])
            return services.post_transaction(self.principal, NewPosting(entries, body["description"]))

        return create_once(self, POSTING, post, ADDRESS)


class TransactionView(ApiView):
    """One transaction."""

    scope = "ledger"
    shape = TransactionSerializer

    @extend_schema(responses=TransactionSerializer, tags=["ledger"], operation_id="read_transaction")
    def get(self, request: Request, transaction_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one transaction with all its entries."""
        return Response(selectors.transaction_by_id(self.principal, transaction_id))


class ReversalView(ApiView):
    """The reversal of a transaction."""

    scope = "ledger"
    write_problems = (422,)

    @extend_schema(
        request=ReversalSerializer,
        responses={201: TransactionSerializer},
        parameters=[IDEMPOTENCY_KEY],
        tags=["ledger"],
        operation_id="reverse_transaction",
    )
    def post(self, request: Request, transaction_id: UUID) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Take a transaction back by posting its counter-transaction, once.

        Who may debit what the counter-transaction debits may: whom the money went to, or an operator.
        """

        def reverse(body: dict[str, Any]) -> TransactionRow:
            return services.reverse_transaction(self.principal, transaction_id, description=body["description"])

        return create_once(self, REVERSAL, reverse, ADDRESS)
