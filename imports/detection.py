"""Which format a file has, by name and then content, and which log pattern its lines follow. Called by `loading`."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from core.errors import InvalidInput
from imports.patterns import LogPattern

FORMATS = ("bson", "columns", "csv", "extjson", "log", "ndjson")
BY_SUFFIX = {
    ".bson": "bson",
    ".csv": "csv",
    ".tsv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "extjson",
    ".log": "log",
}
EXTENDED_TYPE = re.compile(rb'"\$(oid|date|numberInt|numberLong|numberDouble|numberDecimal|binary|timestamp)"\s*:')
BOM = b"\xef\xbb\xbf"
BSON_LENGTH_BYTES = 4


def data_set_name(file_name: str) -> str:
    """Return a file's name without folder, `.gz` and its last suffix."""
    return PurePath(file_name.removesuffix(".gz")).stem


def detect_format(file_name: str, head: bytes, patterns: Mapping[str, LogPattern], delimiter: str) -> str:
    """Return one of FORMATS for a file, given its first decompressed bytes.

    Raises: InvalidInput when neither name nor content tells.
    """
    suffix = PurePath(file_name.removesuffix(".gz")).suffix.lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    content = head.removeprefix(BOM).lstrip()
    first = _first_line(content)
    if _is_bson(head):
        return "bson"
    if data_set_name(file_name).lower() in patterns or any(p.regex.fullmatch(first) for p in patterns.values()):
        return "log"
    if content[:1] in (b"{", b"["):
        return "extjson" if EXTENDED_TYPE.search(content) else "ndjson"
    if delimiter in first:
        return "csv"
    if len(first.split()) > 1:
        return "columns"
    raise InvalidInput(f"what {file_name} is cannot be told: name its format with --format ({', '.join(FORMATS)})")


def detect_pattern(file_name: str, head: bytes, patterns: Mapping[str, LogPattern]) -> LogPattern:
    """Return the pattern that bears the file's name, or the only one that its first line matches.

    Raises: InvalidInput when none or several do.
    """
    by_name = patterns.get(data_set_name(file_name).lower())
    if by_name:
        return by_name
    first = _first_line(head.removeprefix(BOM).lstrip())
    matching = [pattern for pattern in patterns.values() if pattern.regex.fullmatch(first)]
    if len(matching) != 1:
        found = f"matches {' and '.join(p.name for p in matching)}" if matching else "matches no pattern"
        raise InvalidInput(f"the first line of {file_name} {found}: name one with --pattern ({', '.join(patterns)})")
    return matching[0]


def _first_line(content: bytes) -> str:
    return content.split(b"\n", 1)[0].removesuffix(b"\r").decode("utf-8", errors="replace")


def _is_bson(head: bytes) -> bool:
    length = int.from_bytes(head[:BSON_LENGTH_BYTES], "little")
    return BSON_LENGTH_BYTES < length <= len(head) and head[length - 1] == 0
