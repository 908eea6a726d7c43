"""What lists can be narrowed by: one FilterSet per table, used by the selectors and described by the API.

Values come as text or as what the text means; `narrow_rows` refuses wrong ones.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, QuerySet
from django_filters import CharFilter, ChoiceFilter, Filter, FilterSet, UUIDFilter

from core.errors import InvalidInput
from core.times import parse_time
from relational.models import AccountKind, Entry, JobState, Transaction

AMOUNT = re.compile(r"(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?")
Rows = TypeVar("Rows", bound=Model)
NO_FILTERS: Mapping[str, Any] = MappingProxyType({})


class MomentField(forms.Field):
    """An RFC 3339 time with its offset."""

    def to_python(self, value: Any) -> datetime | None:
        """Read a time.

        Raises: ValidationError.
        """
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            # In a query string an unescaped plus sign is a blank.
            return parse_time(str(value).replace(" ", "+"))
        except InvalidInput as error:
            raise ValidationError(error.message) from error


class MomentFilter(Filter):  # type: ignore[misc]  # django-filter has no types
    """Compares with a time."""

    field_class = MomentField


class AmountField(forms.Field):
    """An amount without a sign."""

    def to_python(self, value: Any) -> Decimal | None:
        """Read an amount.

        Raises: ValidationError.
        """
        if value in self.empty_values or isinstance(value, Decimal):
            return value if isinstance(value, Decimal) else None
        if not AMOUNT.fullmatch(str(value)):
            raise ValidationError("no amount: digits, a point and at most four decimals, without a sign")
        return Decimal(str(value))


class AmountFilter(Filter):  # type: ignore[misc]  # django-filter has no types
    """Keeps the transactions that have an entry of this amount, in or out."""

    field_class = AmountField

    def filter(self, qs: QuerySet[Transaction], value: Decimal | None) -> QuerySet[Transaction]:
        """Narrow the transactions."""
        if value is None:
            return qs
        return qs.filter(Exists(Entry.objects.filter(transaction=OuterRef("pk"), amount__in=[value, -value])))


class UserFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows users."""

    username = CharFilter(help_text="The log-in name, exactly.")


class AccountFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows accounts."""

    owner = UUIDFilter("owner_id", help_text="The id of the user or team whose accounts they are.")
    book = CharFilter(help_text="The book, exactly.")
    number = CharFilter(help_text="The account's number in its book, exactly.")
    currency = CharFilter(help_text="ISO 4217, for example CHF.")
    kind = ChoiceFilter(choices=AccountKind.choices, help_text="asset or external.")


class TransactionFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows transactions."""

    account = UUIDFilter("entries__account_id", help_text="The id of an account they touch.")
    book = CharFilter(help_text="The book, exactly.")
    booked_from = MomentFilter("booked", "gte", help_text="Booked at this time or later (RFC 3339).")
    booked_before = MomentFilter("booked", "lt", help_text="Booked earlier than this time (RFC 3339).")
    description = CharFilter(lookup_expr="icontains", help_text="Part of the description, in either case.")
    amount = AmountFilter(help_text="An amount that went in or out, without a sign, for example 12.50.")
    posted_by = UUIDFilter(help_text="The id of the user who posted them.")
    data_set = CharFilter(help_text="The data set they were loaded from, exactly.")


class JobFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows jobs."""

    owner = UUIDFilter("owner_id", help_text="The id of the user or team whose jobs they are.")
    kind = CharFilter(help_text="The kind, exactly.")
    state = ChoiceFilter(choices=JobState.choices, help_text="queued, running, succeeded, failed or cancelled.")
    parent = UUIDFilter("parent_id", help_text="The id of the job that was split into them; else only whole jobs.")


class StatementFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows the entries of one account."""

    booked_from = MomentFilter("transaction__booked", "gte", help_text="Booked at this time or later (RFC 3339).")
    booked_before = MomentFilter("transaction__booked", "lt", help_text="Booked earlier than this time (RFC 3339).")


def narrow_rows(kind: type[FilterSet], rows: QuerySet[Rows], filters: Mapping[str, Any]) -> QuerySet[Rows]:
    """Apply a FilterSet's filters.

    Raises: InvalidInput for an unknown filter or a wrong value (`path` names it).
    """
    return _checked(kind, rows, filters).qs  # type: ignore[no-any-return]  # django-filter has no types


def rows_after(rows: QuerySet[Rows], last: UUID | None, *, descending: bool) -> QuerySet[Rows]:
    """Order rows by their ids, from after the last one seen; from the first when there is none."""
    if last is not None:
        rows = rows.filter(pk__lt=last) if descending else rows.filter(pk__gt=last)
    return rows.order_by("-pk" if descending else "pk")


def read_filters(kind: type[FilterSet], filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every filter of a FilterSet, None or empty where it is not given.

    Raises: as `narrow_rows`.
    """
    if not filters:
        return dict(_unset(kind))  # type: ignore[arg-type]  # mypy doubts that a class is hashable
    return dict(_checked(kind, Transaction.objects.none(), filters).form.cleaned_data)


@cache
def _unset(kind: type[FilterSet]) -> Mapping[str, Any]:
    """Return what no filter at all means, made once: a form costs more than the statement it is for."""
    return MappingProxyType(_checked(kind, Transaction.objects.none(), NO_FILTERS).form.cleaned_data)


def _checked(kind: type[FilterSet], rows: QuerySet[Any], filters: Mapping[str, Any]) -> FilterSet:
    unknown = sorted(set(filters) - set(kind.base_filters))
    if unknown:
        raise InvalidInput(f"no filter; known are: {', '.join(kind.base_filters)}", path=unknown[0])
    narrowed = kind(dict(filters), queryset=rows)
    for name, messages in narrowed.errors.items():
        raise InvalidInput(" ".join(str(message) for message in messages), path=name)
    return narrowed
