"""Accounts of the ledger: the list, one by id."""

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
from relational.filters import AccountFilter
from relational.models import MONEY_DECIMALS, MONEY_DIGITS, AccountKind
from relational.selectors.accounts import NO_ID


class AccountSerializer(serializers.Serializer[Any]):
    """A ledger account; the balance is the sum of its entries."""

    id = serializers.UUIDField()
    owner_id = serializers.UUIDField(help_text="The user or team it belongs to.")
    book = serializers.CharField()
    number = serializers.CharField()
    currency = serializers.CharField()
    kind = serializers.ChoiceField(AccountKind.choices)
    balance = serializers.DecimalField(MONEY_DIGITS, MONEY_DECIMALS)
    overdraft_limit = serializers.DecimalField(MONEY_DIGITS, MONEY_DECIMALS, help_text="How far below zero it may go.")
    created = serializers.DateTimeField()


class AccountsView(PagedView):
    """The list of accounts."""

    scope = "ledger"
    parameters = (*PagedView.parameters, *filter_parameters(AccountFilter))

    @extend_schema(responses=page_of(AccountSerializer, "AccountPage"), tags=["ledger"], operation_id="list_accounts")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the accounts the caller may see, oldest first: consumers see their own."""
        (after,) = self.position() or [None]
        accounts = selectors.accounts_page(
            self.principal,
            limit=self.limit + 1,
            after=UUID(after) if after else NO_ID,
            filters=self.filters(AccountFilter),
        )
        return self.render_page(accounts, lambda account: [str(account.id)])


class AccountView(ApiView):
    """One account."""

    scope = "ledger"

    @extend_schema(responses=AccountSerializer, tags=["ledger"], operation_id="read_account")
    def get(self, request: Request, account_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one account."""
        return Response(selectors.account_by_id(self.principal, account_id))
