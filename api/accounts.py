"""Accounts of the ledger: opening one, the list, one by id, its overdraft limit."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import IDEMPOTENCY_KEY, create_once
from api.ledger_bodies import ACCOUNT, OVERDRAFT, NewAccountSerializer, OverdraftSerializer
from api.parameters import filter_parameters
from api.serializers import page_of, read_body
from api.views import ApiView, PagedView
from relational import selectors, services
from relational.filters import AccountFilter
from relational.models import MONEY_DECIMALS, MONEY_DIGITS, AccountKind
from relational.rows import AccountRow, NewAccount

ADDRESS = "/api/v1/accounts/{}"


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
    """The list of accounts, and where they are opened."""

    scope = "ledger"
    write_problems = (422,)
    shape = AccountSerializer
    orders = ("created", "-created")
    parameters = (*PagedView.parameters, *filter_parameters(AccountFilter))

    @extend_schema(responses=page_of(AccountSerializer, "AccountPage"), tags=["ledger"], operation_id="list_accounts")
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the accounts the caller may see, oldest first: consumers see their own."""
        (last,) = self.position() or [None]
        accounts = selectors.accounts_page(
            self.principal,
            limit=self.limit + 1,
            last=UUID(last) if last else None,
            descending=self.query["sort"].startswith("-"),
            filters=self.filters(AccountFilter),
        )
        return self.render_page(accounts, lambda account: [str(account.id)])

    @extend_schema(
        request=NewAccountSerializer,
        responses={201: AccountSerializer},
        parameters=[IDEMPOTENCY_KEY],
        tags=["ledger"],
        operation_id="open_account",
    )
    def post(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Open an empty account for the caller, or for a team of the caller's.

        Operators open accounts for anybody, external ones and such as may be overdrawn.
        """

        def open_account(body: dict[str, Any]) -> AccountRow:
            owner_id = body["owner_id"] or self.principal.user_id
            account = NewAccount(owner_id, body["book"], body["number"], body["currency"], body["kind"])
            return services.open_account(self.principal, account, overdraft_limit=body["overdraft_limit"])

        return create_once(self, ACCOUNT, open_account, ADDRESS)


class AccountView(ApiView):
    """One account."""

    scope = "ledger"
    shape = AccountSerializer

    @extend_schema(responses=AccountSerializer, tags=["ledger"], operation_id="read_account")
    def get(self, request: Request, account_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Read one account."""
        return Response(selectors.account_by_id(self.principal, account_id))

    @extend_schema(
        request=OverdraftSerializer, responses=AccountSerializer, tags=["ledger"], operation_id="change_account"
    )
    def patch(self, request: Request, account_id: UUID) -> Response:
        """Set how far below zero an account may go; operators do."""
        limit = read_body(request, OVERDRAFT)["overdraft_limit"]
        return Response(services.change_overdraft_limit(self.principal, account_id, limit))
