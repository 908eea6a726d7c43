"""Bases of the serializers that stand beside the views: strict reading of bodies, and the shape of a page.

Answers are rendered from rows directly; their serializers describe them in OpenAPI, and a test holds every answer
against that description.
"""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


class StrictCharField(serializers.CharField):
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


class StrictNumberField(serializers.FloatField):
    """A number: no text and no boolean stands for one."""

    def to_internal_value(self, data: Any) -> float:
        """Refuse what is none.

        Raises: ValidationError.
        """
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class StrictIdField(serializers.UUIDField):
    """An id as text: no number stands for one."""

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse what is not text.

        Raises: ValidationError.
        """
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return UUID(str(super().to_internal_value(data)))


class StrictSerializer(serializers.Serializer[Any]):
    """A body whose unknown fields are refused."""

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
    """A change: none of its fields is needed, but nothing is no change."""

    def validate(self, attrs: Any) -> Any:
        """Refuse what changes nothing.

        Raises: ValidationError.
        """
        if not attrs:
            raise serializers.ValidationError(f"nothing to change: give one or more of {', '.join(self.fields)}")
        return attrs


def page_of(row: type[serializers.Serializer[Any]], name: str) -> serializers.Serializer[Any]:
    """Describe a page of rows."""
    return inline_serializer(
        name,
        {
            "results": row(many=True),
            "next": serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last."),
        },
    )
