"""How a value is written in the store that it names something in. Pure; named by links, called by the engine."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from documents.values import parse_object_id
from query.resources import ANY_TYPE

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
MIN_INT64, MAX_INT64 = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Conversion:
    """From a value of type `takes`, found in a part (a source, a book, a collection), to one of type `gives`.

    `convert(value, part)` raises ValueError for a value that cannot name anything.
    """

    name: str
    takes: str
    gives: str
    convert: Callable[[Any, str], Any]

    def fits(self, source_type: str, target_type: str) -> bool:
        """Tell whether the conversion goes from one field's type to the other's."""
        if self.takes == ANY_TYPE:
            return target_type in (source_type, ANY_TYPE)
        return source_type in (self.takes, ANY_TYPE) and target_type in (self.gives, ANY_TYPE)


def keep_value(value: Any, _part: str) -> Any:
    """Return the value as it is."""
    return value


def read_int(value: str, _part: str) -> int:
    """Read a whole number of 64 bits.

    Raises: ValueError for anything else.
    """
    if not isinstance(value, str) or not WHOLE_NUMBER.fullmatch(value):
        raise ValueError("no whole number")
    number = int(value)
    if not MIN_INT64 <= number <= MAX_INT64:
        raise ValueError("beyond 64 bits")
    return number


def write_int(value: int, _part: str) -> str:
    """Write a whole number in decimal digits.

    Raises: ValueError for anything that is no whole number.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("no whole number")  # noqa: TRY004 - what is refused is a stored value, not an argument
    return str(int(value))


def read_uuid(value: str, _part: str) -> UUID:
    """Read a UUID in its usual form of 36 characters.

    Raises: ValueError for anything else.
    """
    if not isinstance(value, str) or len(value) != 36:
        raise ValueError("no UUID")
    return UUID(value)


def read_text(value: str, _part: str) -> str:
    """Take a text and nothing else.

    Raises: ValueError for what is no text, and for a text with a NUL, which PostgreSQL and Cassandra cannot hold.
    """
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    return value


def read_object_id(value: str, _part: str) -> Any:
    """Read an ObjectId of 24 hexadecimal digits.

    Raises: ValueError for anything else.
    """
    return parse_object_id(value)


def user_actor(value: UUID, _part: str) -> str:
    """Write the actor that a user of Trivium is: `user:<uuid>`.

    Raises: ValueError for what is no UUID.
    """
    if not isinstance(value, UUID):
        raise ValueError("no UUID")  # noqa: TRY004 - what is refused is a stored value, not an argument
    return f"user:{value}"


def key_actor(value: str, part: str) -> str:
    """Write the actor that a key of another source is: `<source>:<key>`.

    Raises: ValueError for a key that is no text, and for a source whose actors would be a user or another source's.
    """
    if part == "user" or ":" in part:
        raise ValueError("no source of keys")
    return f"{part}:{read_text(value, part)}"


CONVERSIONS: Mapping[str, Conversion] = MappingProxyType(
    {
        conversion.name: conversion
        for conversion in (
            Conversion("same", ANY_TYPE, ANY_TYPE, keep_value),
            Conversion("text", "text", "text", read_text),
            Conversion("text_to_int", "text", "int", read_int),
            Conversion("text_to_uuid", "text", "uuid", read_uuid),
            Conversion("text_to_object_id", "text", "object_id", read_object_id),
            Conversion("int_to_text", "int", "text", write_int),
            Conversion("user_actor", "uuid", "text", user_actor),
            Conversion("key_actor", "text", "text", key_actor),
        )
    },
)
