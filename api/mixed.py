"""The mixed read's notation and rendering: a user's own fields, then what was expanded, then what is missing.

Called by `api/users`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from rest_framework import serializers

from api.documents import render_document
from api.parameters import Parameter
from api.permissions import READ, check_scope
from core.principals import Principal
from documents.rows import Document
from query.answers import Expanded, MixedAnswer, Reached
from query.language import MAX_EXPAND_CHARACTERS, Expansion, parse_expansions
from query.resources import EXPANDABLE
from timeseries.events import Event, members_of


def _read_expand(text: str, name: str) -> tuple[Expansion, ...]:  # noqa: ARG001 - one signature for all readers
    return parse_expansions(text)


EXPAND = Parameter(
    "expand",
    f"What belongs to the user in every store, comma-separated: {', '.join(EXPANDABLE)}; each with options, "
    "for example accounts,transactions(limit:5).",
    _read_expand,
    {"type": "string", "maxLength": MAX_EXPAND_CHARACTERS},
    default=(),
)


SCOPES: Mapping[str, str] = {
    "accounts": "ledger",
    "transactions": "ledger",
    "documents": "documents",
    "events": "events",
}


def check_expansions(principal: Principal, expansions: Sequence[Expansion]) -> None:
    """Check that a principal may read what is to be expanded, as at its own address.

    Raises: PermissionRefused that names the scope that is missing.
    """
    for expansion in expansions:
        check_scope(principal, f"{SCOPES[expansion.resource]}:{READ}")


# Rows of the other types are given member by member.
RENDERERS: Mapping[type, Callable[[Reached], Mapping[str, Any]]] = {
    Document: lambda item: render_document(item.row, item.part),
    Event: lambda item: members_of(item.row),
}


class GapSerializer(serializers.Serializer[Any]):
    """What is missing, and why."""

    source = serializers.CharField(  # type: ignore[assignment]  # the metaclass takes fields out of the class
        help_text="The store that did not answer.",
    )
    expansion = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    retryable = serializers.BooleanField()
    links = serializers.ListField(child=serializers.CharField(), help_text="Links that could not be followed.")


class BatchSerializer(serializers.Serializer[Any]):
    """When a store was asked, from the start of the answer, and how long it took."""

    source = serializers.CharField()  # type: ignore[assignment]  # as above
    wave = serializers.IntegerField()
    started_ms = serializers.FloatField()
    elapsed_ms = serializers.FloatField()


class MetaSerializer(serializers.Serializer[Any]):
    """How the answer came about."""

    complete = serializers.BooleanField(help_text="Whether nothing is missing.")
    has_more = serializers.ListField(
        child=serializers.ChoiceField(EXPANDABLE),
        help_text="Expansions of which the limit cut some off.",
    )
    as_of = serializers.DateTimeField(help_text="When reading began.")
    batches = BatchSerializer(many=True)


class ItemsField(serializers.ListField):
    """The items of one expansion."""

    def __init__(self) -> None:
        super().__init__(
            child=serializers.DictField(),
            required=False,
            allow_null=True,
            help_text="Each as its own address gives it, with `links`: the names of the links that led to it. "
            "Null when its store did not answer.",
        )


class MixedSerializer(serializers.Serializer[Any]):
    """What `expand` adds to a user."""

    accounts = ItemsField()
    transactions = ItemsField()
    documents = ItemsField()
    events = ItemsField()
    gaps = GapSerializer(many=True, required=False)
    meta = MetaSerializer(required=False)


def render_mixed(answer: MixedAnswer) -> dict[str, Any]:
    """Lay out the answer about one user."""
    (mixed,) = answer.users
    return {
        **_members(mixed.user),
        **{name: expanded and _render_items(expanded) for name, expanded in mixed.expanded.items()},
        "gaps": answer.gaps,
        "meta": {
            "complete": answer.is_complete,
            "has_more": [name for name, expanded in mixed.expanded.items() if expanded and expanded.has_more],
            "as_of": answer.as_of,
            "batches": answer.batches,
        },
    }


def _render_items(expanded: Expanded) -> list[dict[str, Any]]:
    return [_render_item(item) for item in expanded.items]


def _render_item(item: Reached) -> dict[str, Any]:
    render = RENDERERS.get(type(item.row))
    return {**(render(item) if render else _members(item.row)), "links": item.links}


def _members(row: Any) -> Mapping[str, Any]:
    return {member.name: getattr(row, member.name) for member in fields(row)}
