"""JSON documents, one a line (NDJSON) or as one array; plain, or MongoDB Extended JSON with its own types."""

import codecs
import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bson import json_util
from bson.errors import BSONError

from core.errors import InvalidInput
from imports.layouts import Chunks, Layout, Reading
from imports.lines import Line, checked_encoding, read_lines
from imports.readers.json_arrays import split_array
from imports.records import Outcomes, Record, Rejection
from imports.values import check_value

EXTENDED = json_util.JSONOptions(tz_aware=True, document_class=dict)
BLANKS = b" \t\r\n"
MAX_LOOK_BYTES = 1 << 20
TYPE_NAME = re.compile(r'"(\$[A-Za-z]+)"\s*:')
Decode = Callable[[str], Any]


def read_ndjson(chunks: Chunks, layout: Layout) -> Reading:
    """Read plain JSON objects, one a line or in one array; a field's name may stand only once in an object."""
    return Reading(None, _documents(chunks, layout, _decode_plain))


def read_extended_json(chunks: Chunks, layout: Layout) -> Reading:
    """Read MongoDB Extended JSON (canonical or relaxed), one document a line or in one array; times come with UTC."""
    return Reading(None, _documents(chunks, layout, _decode_extended))


def _documents(chunks: Chunks, layout: Layout, decode: Decode) -> Outcomes:
    head = begin = b""
    while not begin and len(head) < MAX_LOOK_BYTES and (chunk := next(chunks, b"")):
        head += chunk
        begin = head.removeprefix(codecs.BOM_UTF8).lstrip(BLANKS)
    if begin.startswith(b"["):
        return _elements(itertools.chain([begin], chunks), layout, decode)
    return _lines(itertools.chain([head], chunks), layout, decode)


def _lines(chunks: Chunks, layout: Layout, decode: Decode) -> Outcomes:
    for line in read_lines(chunks, layout.encoding):
        yield _document(line.number, line.text, line.raw, decode) if isinstance(line, Line) else line


def _elements(chunks: Chunks, layout: Layout, decode: Decode) -> Outcomes:
    codec = checked_encoding(layout.encoding)
    for number, element in enumerate(split_array(chunks), start=1):
        if element.wrong:
            yield Rejection(number, element.wrong, element.raw, element.ends_input)
            continue
        try:
            yield _document(number, element.raw.decode(codec), element.raw, decode)
        except UnicodeDecodeError as error:
            yield Rejection(number, f"not {codec} ({error.reason}): name the encoding with --encoding", element.raw)


def _document(number: int, text: str, raw: bytes, decode: Decode) -> Record | Rejection:
    try:
        fields = decode(text)
        if not isinstance(fields, dict):
            return Rejection(number, f"a JSON object is wanted, this is {type(fields).__name__}", raw)
        check_value(fields)
    except json.JSONDecodeError as error:
        reason = f"no JSON: {error.msg} at character {error.pos + 1}; a document must stand on one line (jq -c . FILE)"
        return Rejection(number, reason, raw)
    except RecursionError:
        return Rejection(number, "nested too deep", raw)
    except InvalidInput as error:
        return Rejection(number, error.message, raw)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, BSONError) as error:
        return Rejection(number, _own_words(error, text), raw)
    return Record(number, fields, raw)


def _own_words(error: Exception, text: str) -> str:
    if "4300 digits" in str(error):
        return "an integer beyond 64 bits: write it as text"
    types = ", ".join(sorted(set(TYPE_NAME.findall(text)))[:8])
    return f"no Extended JSON: a value of {types or 'a type'} is not written as that type wants, or is out of its range"


def _decode_plain(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)


def _decode_extended(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_typed, parse_constant=_refuse_constant)


def _typed(pairs: list[tuple[str, Any]]) -> Any:
    return json_util.object_hook(_unique(pairs), EXTENDED)


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidInput(f"the field {next(name for name in names if names.count(name) > 1)[:80]!r} stands twice")
    return fields


def _refuse_constant(name: str) -> Any:
    raise InvalidInput(f"{name} is no JSON: only finite numbers are kept")
