"""People and the ledger in Django's admin: users with role and password, their keys; the ledger to look at only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from relational.models import Account, Entry, Transaction, User, UserKey


class UserKeyInline(admin.TabularInline):  # type: ignore[type-arg] # it is not generic at run time
    """What the user is called in other sources."""

    model = UserKey
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg] # it is not generic at run time
    """Django's page of users, with the role that the API goes by."""

    list_display = ("username", "email", "role", "is_active", "date_joined")
    list_filter = ("role", "is_active")
    fieldsets: ClassVar[Any] = (*(UserAdmin.fieldsets or ()), ("Trivium", {"fields": ("role",)}))
    inlines = (UserKeyInline,)


class LookedAt(admin.ModelAdmin):  # type: ignore[type-arg] # it is not generic at run time
    """A page that shows and changes nothing: the ledger is written by services."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: accounts and transactions are made by the API or a loader."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: the ledger is append-only."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: the ledger is append-only."""
        return False


@admin.register(Account)
class AccountAdmin(LookedAt):
    """Accounts and their balances."""

    list_display = ("book", "number", "currency", "kind", "balance", "overdraft_limit", "user", "team")
    list_filter = ("kind", "currency")
    list_select_related = ("user", "team")
    search_fields = ("number__startswith",)
    show_full_result_count = False


class EntryInline(admin.TabularInline):  # type: ignore[type-arg] # it is not generic at run time
    """The lines of a transaction."""

    model = Entry
    fields = ("account", "amount")
    extra = 0


@admin.register(Transaction)
class TransactionAdmin(LookedAt):
    """Transactions, newest first, with their entries."""

    list_display = ("id", "book", "booked", "description", "data_set")
    ordering = ("-id",)
    inlines = (EntryInline,)
    show_full_result_count = False
