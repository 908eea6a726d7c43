"""Accounts, transactions and their entries.

The ledger's invariants are constraints and triggers of the database (migration 0002_ledger_invariants): entries of a
transaction sum to zero per currency, entries and transactions never change, a balance is the sum of its entries.
"""

from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.ids import new_id
from relational.models.identity import NO_NUL, Team, User

MONEY_DIGITS = 20
MONEY_DECIMALS = 4
ISO_4217 = RegexValidator(r"\A[A-Z]{3}\Z", "write three capital letters (ISO 4217)")


class AccountKind(models.TextChoices):
    """An asset account never goes below its overdraft limit; an external one stands for the outside world and may."""

    ASSET = "asset"
    EXTERNAL = "external"


class Account(models.Model):
    """A ledger account: (book, number, currency), owned by a user or by a team; `owner_id` is whose it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accounts", null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="accounts", null=True, blank=True)
    owner_id = models.GeneratedField(
        expression=Coalesce("user_id", "team_id"), output_field=models.UUIDField(), db_persist=True
    )
    book = models.CharField(max_length=64, validators=[NO_NUL])
    number = models.CharField(max_length=64, validators=[NO_NUL])
    currency = models.CharField(max_length=3, validators=[ISO_4217])
    kind = models.CharField(max_length=8, choices=AccountKind.choices, default=AccountKind.ASSET)
    balance = models.DecimalField(
        max_digits=MONEY_DIGITS, decimal_places=MONEY_DECIMALS, default=Decimal(0), editable=False
    )
    overdraft_limit = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_DECIMALS, default=Decimal(0))
    # Kept by the database: the greatest id of a transaction that touched it, and how many came in below that one.
    latest_transaction = models.UUIDField(null=True, editable=False)
    backdated = models.BigIntegerField(default=0, db_default=0, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Numbers are unique within a book and currency; an account is a user's or a team's."""

        indexes = (models.Index(fields=["owner_id"], name="account_by_owner"),)

        constraints = (
            models.UniqueConstraint(fields=["book", "number", "currency"], name="account_number_once"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency_iso_4217"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=AccountKind.EXTERNAL) | Q(balance__gte=-F("overdraft_limit")),
                name="account_asset_not_overdrawn",
            ),
            models.CheckConstraint(condition=Q(overdraft_limit__gte=0), name="account_overdraft_limit_not_negative"),
            models.CheckConstraint(
                condition=Q(user__isnull=True, team__isnull=False) | Q(user__isnull=False, team__isnull=True),
                name="account_one_owner",
            ),
        )

    def __str__(self) -> str:
        return f"{self.book}:{self.number} ({self.currency})"


class Transaction(models.Model):
    """A booking: entries of one book that sum to zero per currency. Never changed, never deleted.

    Ids follow `booked` (UUIDv7), so that the newest id is the latest booking.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    book = models.CharField(max_length=64, validators=[NO_NUL])
    booked = models.DateTimeField()
    description = models.CharField(max_length=200, blank=True)
    data_set = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict, blank=True)
    posted_by = models.UUIDField(null=True, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Entry(models.Model):
    """One line of a transaction: an amount in the account's currency, positive into the account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_DECIMALS)

    class Meta:
        """An account's entries are read newest transaction first."""

        verbose_name_plural = "entries"
        indexes = (models.Index(fields=["account", "-transaction"], include=["amount"], name="entry_of_account"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
