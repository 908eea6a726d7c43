"""Bases of the serializers that stand beside the views: strict reading of bodies, and the shape of a page.

Answers are rendered from rows directly; their serializers describe them in OpenAPI, and a test holds every answer
against that description.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from api.converters import AnyCaseUUIDConverter
from core.errors import InvalidInput

USUAL_UUID = re.compile(AnyCaseUUIDConverter.regex)


class Described:
    """A field of which a room below enforces more: `described` says it in OpenAPI, as members of JSON Schema."""

    def __init__(self, *, described: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.described = described or {}


class StrictCharField(Described, serializers.CharField):
    """Text as it was sent: no number becomes text, no blank is cut off."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is not text.

        Raises: ValidationError.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class StrictBooleanField(serializers.BooleanField):
    """True or false: no text and no number stands for them."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse what is neither.

        Raises: ValidationError.
        """
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictNumberField(Described, serializers.FloatField):
    """A number: no text and no boolean stands for one."""

    def to_internal_value(self, data: Any) -> float:
        """Refuse what is none.

        Raises: ValidationError.
        """
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class StrictListField(Described, serializers.ListField):
    """A list."""


class StrictItemsField(Described, serializers.ListSerializer[Any]):
    """A list of objects."""


class StrictObjectField(Described, serializers.DictField):
    """An object of anything."""


class StrictChoiceField(serializers.ChoiceField):
    """One of a few words; a wrong one is told which there are."""

    def __init__(self, choices: Sequence[str], **options: Any) -> None:
        super().__init__([*choices], **options)
        self.error_messages["invalid_choice"] = f"it is one of: {', '.join(choices)}"


class StrictIdField(serializers.UUIDField):
    """An id as text in its usual form, in either case: what may stand in a path, too."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "no id: write a UUID"}

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse what is not in that form.

        Raises: ValidationError.
        """
        if not isinstance(data, str) or not USUAL_UUID.fullmatch(data):
            self.fail("invalid")
        return UUID(data)


class StrictSerializer(serializers.Serializer[Any]):
    """A body whose unknown fields are refused."""

    default_error_messages: ClassVar[dict[str, Any]] = {"null": "it is null: send an object"}

    def to_internal_value(self, data: Any) -> Any:
        """Read the known fields.

        Raises: ValidationError that names every unknown field and every wrong value.
        """
        unknown = self._refuse_unknown(data) if isinstance(data, dict) else {}
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as wrong:
            fields: Any = wrong.detail
            raise serializers.ValidationError({**unknown, **fields}) from wrong
        if unknown:
            raise serializers.ValidationError(unknown)
        return known

    def _refuse_unknown(self, body: dict[str, Any]) -> dict[str, Any]:
        message = f"unknown field; known are: {', '.join(self.fields)}"
        return {name[:40]: [message] for name in sorted(set(body) - set(self.fields))}


class ChangeSerializer(StrictSerializer):
    """A change: none of its fields is needed, but nothing is no change; one with a default only says how to change."""

    def validate(self, attrs: Any) -> Any:
        """Refuse what changes nothing.

        Raises: ValidationError.
        """
        changing = [name for name, field in self.fields.items() if field.default is serializers.empty]
        if not any(name in attrs for name in changing):
            raise serializers.ValidationError(f"nothing to change: give one or more of {', '.join(changing)}")
        return attrs


class EmptyBody(StrictSerializer):
    """Nothing is to be said."""


def read_body(request: Request, reader: StrictSerializer) -> dict[str, Any]:
    """Return the members of a request's body; the reader holds none of them, so that many requests may share it.

    Raises: ValidationError, and what the request's parser does.
    """
    body: dict[str, Any] = reader.run_validation(request.data)
    return body


def check_length(request: Request) -> None:
    """Refuse an empty body, which DRF reads as an empty object. Raises: InvalidInput."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not (length.isascii() and length.isdecimal() and int(length)):
        raise InvalidInput("the body is empty: send a JSON object, {} at least")


def page_of(
    row: type[serializers.Serializer[Any]], name: str, **beside: serializers.Field[Any, Any, Any, Any]
) -> serializers.Serializer[Any]:
    """Describe a page of rows, and what stands beside them."""
    return inline_serializer(
        name,
        {
            "results": row(many=True),
            "next": serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last."),
            **beside,
        },
    )
