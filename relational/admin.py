"""People and the ledger in Django's admin: users with role and password, teams, keys; the ledger to look at only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from rest_framework_api_key.models import APIKey

from relational.models import Account, ApiKey, Entry, Membership, Team, Transaction, User, UserKey
from relational.services.users import CHANGED, REGISTERED, announce_users

# The library's own keys are used nowhere.
admin.site.unregister(APIKey)


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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, and tell the other stores in the same transaction."""
        super().save_model(request, obj, form, change)
        announce_users(CHANGED if change else REGISTERED, [obj])


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg] # it is not generic at run time
    """Who is in the team."""

    model = Membership
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it is not generic at run time
    """Teams with their members."""

    list_display = ("name", "created")
    search_fields = ("name",)
    inlines = (MembershipInline,)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it is not generic at run time
    """API keys, to look at and to revoke; they are made by their users, who alone see their text."""

    list_display = ("prefix", "name", "user", "expiry_date", "revoked", "last_used")
    list_filter = ("revoked",)
    list_select_related = ("user",)
    search_fields = ("prefix__startswith", "user__username__startswith")
    fields = ("prefix", "name", "user", "scopes", "created", "expiry_date", "last_used", "revoked")

    def get_readonly_fields(self, _request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        """Let nothing change but whether the key is revoked, and that only once."""
        return self.fields if obj is not None and obj.revoked else self.fields[:-1]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: the key would be shown to somebody else than its user."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse: a revoked key tells what it was."""
        return False


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
