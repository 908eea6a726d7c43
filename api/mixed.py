"""The mixed read's notation and rendering: a user's own fields, then what was expanded, then what is missing.

Called by `api/users`.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from rest_framework import serializers

from api.events import render_event
from api.parameters import Parameter
from query.answers import Expanded, MixedAnswer, Reached
from query.language import MAX_EXPAND_CHARACTERS, Expansion, parse_expansions
from query.resources import EXPANDABLE
from timeseries.events import Event


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


# Rows of the other types are given member by member.
RENDERERS: Mapping[type, Callable[[Any], Mapping[str, Any]]] = {Event: render_event}


class ExpandedSerializer(serializers.Serializer[Any]):
    """The items of one expansion."""

    results = serializers.ListField(
        child=serializers.DictField(),
        help_text="Each as its own address gives it, with `links`: the declared links that lead to it.",
    )
    has_more = serializers.BooleanField(help_text="Whether the limit cut some off.")


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


class MixedSerializer(serializers.Serializer[Any]):
    """What `expand` adds to a user."""

    expanded = serializers.DictField(
        child=ExpandedSerializer(allow_null=True),
        required=False,
        help_text="By resource; null where its store did not answer.",
    )
    gaps = GapSerializer(many=True, required=False)
    as_of = serializers.DateTimeField(required=False, help_text="When reading began.")


def render_mixed(answer: MixedAnswer) -> dict[str, Any]:
    """Lay out the answer about one user."""
    (mixed,) = answer.users
    return {
        **_members(mixed.user),
        "expanded": {name: _render_expanded(expanded) for name, expanded in mixed.expanded.items()},
        "gaps": answer.gaps,
        "as_of": answer.as_of,
    }


def timings_of(answer: MixedAnswer) -> str:
    """Say which store took how long, as a Server-Timing header (W3C)."""
    return ", ".join(f'{batch.source};desc="wave {batch.wave}";dur={batch.elapsed_ms:g}' for batch in answer.batches)


def _render_expanded(expanded: Expanded | None) -> dict[str, Any] | None:
    if expanded is None:
        return None
    return {"results": [_render_item(item) for item in expanded.items], "has_more": expanded.has_more}


def _render_item(item: Reached) -> dict[str, Any]:
    render = RENDERERS.get(type(item.row), _members)
    return {**render(item.row), "links": item.links}


def _members(row: Any) -> Mapping[str, Any]:
    return {member.name: getattr(row, member.name) for member in fields(row)}
