"""Tables of PostgreSQL: identity and the ledger.

The ledger's invariants are constraints and triggers of the database (migration 0002_ledger_invariants): entries of a
transaction sum to zero per currency, entries and transactions never change, a balance is the sum of its entries.
"""

from decimal import Decimal

from django.contrib.auth.models import AbstractUser
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db import models
from django.db.models import Q

from core.ids import new_id
from core.principals import Role

MONEY_DIGITS = 20
MONEY_DECIMALS = 4
NO_NUL = ProhibitNullCharactersValidator()
ISO_4217 = RegexValidator(r"\A[A-Z]{3}\Z", "write three capital letters (ISO 4217)")


class User(AbstractUser):
    """A person or machine that logs in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(
        max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.CONSUMER.value
    )


class UserKey(models.Model):
    """What a user is called in some other source, e.g. (fmiller, cdnow.customer_id, 00001)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="keys")
    source = models.CharField(max_length=100, validators=[NO_NUL])
    key = models.CharField(max_length=200, validators=[NO_NUL])

    class Meta:
        """A key may tie several users to one thing, but each of them once."""

        constraints = (models.UniqueConstraint(fields=["user", "source", "key"], name="user_key_once"),)
        indexes = (models.Index(fields=["source", "key"], name="user_key_by_source"),)

    def __str__(self) -> str:
        return f"{self.source}={self.key}"


class AccountKind(models.TextChoices):
    """An asset account never goes below zero; an external one stands for the outside world and may."""

    ASSET = "asset"
    EXTERNAL = "external"


class Account(models.Model):
    """A ledger account: (book, number, currency), owned by a user."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accounts")
    book = models.CharField(max_length=64, validators=[NO_NUL])
    number = models.CharField(max_length=64, validators=[NO_NUL])
    currency = models.CharField(max_length=3, validators=[ISO_4217])
    kind = models.CharField(max_length=8, choices=AccountKind.choices, default=AccountKind.ASSET)
    balance = models.DecimalField(
        max_digits=MONEY_DIGITS, decimal_places=MONEY_DECIMALS, default=Decimal(0), editable=False
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Numbers are unique within a book and currency."""

        constraints = (
            models.UniqueConstraint(fields=["book", "number", "currency"], name="account_number_once"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency_iso_4217"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=AccountKind.EXTERNAL) | Q(balance__gte=0),
                name="account_asset_not_negative",
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
        indexes = (models.Index(fields=["account", "-transaction"], name="entry_by_account"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
