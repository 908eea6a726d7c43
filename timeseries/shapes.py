"""Shapes of payloads: which fields there are, of which types, whatever their values. Pure; called by services.

A batch has many events and few shapes, so what a payload's fields are is worked out once per shape: in C where there is
a compiler, at some 0.2 us an event, else in Python.
"""

import ctypes
import secrets
from array import array
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import orjson

import native

Field = tuple[str, str]
"""A dotted path, `[]` for what an array holds, and one of TYPES."""
TYPES = ("null", "bool", "int", "double", "text", "object", "array")
UNSAID = 0
_OF_PYTHON: Mapping[type, str] = {type(None): "null", bool: "bool", int: "int", float: "double", str: "text"}
# Nobody outside knows it, so that nobody can make two payloads of one number.
SEED = secrets.randbits(64)


def shapes_of(payloads: Sequence[str]) -> Sequence[Hashable]:
    """Return a mark for each payload (canonical JSON objects) that is equal where keys and types are.

    Equal payloads may have different marks where arrays mix more than eight kinds of things.
    """
    library = native.library()
    if library is None:
        return [_mark(orjson.loads(payload)) for payload in payloads]
    text = "\n".join(payloads).encode()
    shapes = array("Q", bytes(8 * len(payloads)))
    address, count = shapes.buffer_info()
    library.trivium_shapes(
        text, ctypes.c_size_t(len(text)), ctypes.c_uint64(SEED), ctypes.c_void_p(address), ctypes.c_size_t(count)
    )
    if UNSAID in shapes:
        return [shape or _mark(orjson.loads(payload)) for shape, payload in zip(shapes, payloads, strict=True)]
    return shapes


def fields_of(payload: Any) -> frozenset[Field]:
    """Return the fields of a payload with their types; objects and arrays are fields, too, but for the payload."""
    return frozenset(field for field in _walk(payload) if field[0])


def _walk(payload: Any) -> Iterator[Field]:
    waiting: list[tuple[str, Any]] = [("", payload)]
    while waiting:
        path, value = waiting.pop()
        kind = type(value)
        if kind is dict:
            yield path, "object"
            before = f"{path}." if path else ""
            waiting.extend((before + key, inner) for key, inner in value.items())
        elif kind is list:
            yield path, "array"
            waiting.extend((f"{path}[]", inner) for inner in value)
        else:
            yield path, _OF_PYTHON[kind]


def _mark(value: Any) -> Hashable:
    kind = type(value)
    if kind is dict:
        return tuple(value), tuple(map(_mark, value.values()))
    if kind is list:
        return frozenset(map(_mark, value))
    return _OF_PYTHON[kind]
