"""Reading JSON strictly: what two readers could understand differently, or a store could not hold, is refused.

Refused are duplicate keys, NaN and Infinity, integers beyond 64 bits, numbers beyond a double, NUL characters, lone
surrogates, more than 100 levels, and bytes that are not UTF-8. `read_strictly` decides that and words the refusals;
`parse_json` asks it only about what orjson may have read otherwise (tests/unit/core/test_strict_json_agrees.py).
"""

import json
import math
from collections import Counter
from typing import Any

import orjson

from core.errors import InvalidInput

MAX_DEPTH = 100
MAX_INTEGER = (1 << 63) - 1
# orjson reads an integer beyond 64 bits as a float: only numbers below this are surely what was written.
SURE_NUMBER = float(1 << 63)
MAX_PATH_CHARACTERS = 200
Place = tuple[Any, int | str] | None
"""Where a value stands: the place around it, and its own number or name there; None is the whole."""
COLONS = (b'":', b" :", b"\t:", b"\n:", b"\r:")


def parse_json(body: bytes) -> Any:
    """Read one JSON value, as `read_strictly` does, several times faster where nothing is doubtful.

    Raises: InvalidInput that says what is wrong and where.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return read_strictly(body)
    return value if _is_beyond_doubt(value, body) else read_strictly(body)


def read_strictly(body: bytes) -> Any:
    """Read one JSON value with Python's own reader, checking everything.

    Raises: InvalidInput that says what is wrong and where.
    """
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the JSON is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise InvalidInput(f"the JSON is nested deeper than {MAX_DEPTH} levels") from error
    _check_tree(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise InvalidInput(f"the key {repeated[:40]!r} stands twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > 20 or not -MAX_INTEGER - 1 <= int(text) <= MAX_INTEGER:
        raise InvalidInput(f"the integer {text[:24]} is beyond 64 bits: send it as a string")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidInput(f"the number {text[:24]} is beyond a double: send it as a string")
    return value


def _constant(text: str) -> float:
    raise InvalidInput(f"{text} is no JSON")


def _check_tree(value: Any) -> None:
    """Check depth and texts without recursion."""
    waiting: list[tuple[Any, int, Place]] = [(value, 1, None)]
    while waiting:
        current, depth, place = waiting.pop()
        if depth > MAX_DEPTH and isinstance(current, (list, dict)):
            raise InvalidInput(f"the JSON is nested deeper than {MAX_DEPTH} levels")
        if isinstance(current, str):
            _check_text(current, place)
        elif isinstance(current, list):
            waiting.extend((inner, depth + 1, (place, number)) for number, inner in enumerate(current))
        elif isinstance(current, dict):
            waiting.extend((inner, depth + 1, (place, name)) for name, inner in current.items())
            waiting.extend((name, depth, place) for name in current)


def _check_text(text: str, place: Place) -> None:
    if "\0" in text:
        raise InvalidInput("the JSON has a NUL character (\\u0000): no store holds it in text", path=_path(place))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        refused = "the JSON has half a surrogate pair (\\ud800 to \\udfff alone)"
        raise InvalidInput(refused, path=_path(place)) from error


def _path(place: Place) -> str:
    """Write a place as the paths of other errors: `entries[2].amount`."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step[:MAX_PATH_CHARACTERS]}")
    return "".join(reversed(steps)).removeprefix(".")[:MAX_PATH_CHARACTERS]


def _is_beyond_doubt(value: Any, body: bytes) -> bool:
    """Tell whether `read_strictly` would surely return this very value, which orjson made of the body.

    Every key of the text stands before a colon that follows its quote or white space. As many keys in the value as
    there are such places, in and outside of strings, hence mean that no key stands twice in one object.
    """
    if b"\\u0000" in body:
        return False
    keys, depth, level = 0, 0, [value]
    while level:
        depth += 1
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                keys += len(item)
                below.extend(item.values())
            elif kind is list:
                below.extend(item)
            elif (kind is int and item > MAX_INTEGER) or (kind is float and not -SURE_NUMBER < item < SURE_NUMBER):
                return False
        if depth >= MAX_DEPTH and below:
            return False
        level = below
    return keys == sum(body.count(colon) for colon in COLONS)
