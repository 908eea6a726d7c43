"""The manifest of an export: what was asked, a line per finished part, and what it came to. Pure.

NDJSON: the first line is the head, then a line for each part, for slices in which nothing was found (`passed`) and for
each time that it went on (`resumed`), the last one the end. A line counts once it is whole, with its line end; what a
crash left of one is dropped. Called by `writing`, `running` and `verifying`.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.errors import Conflict

VERSION = 1
NAME = "manifest.ndjson"
DONE, OVER = "done", b"D"
UNREADABLE = "is no manifest of an export: name another target"


@dataclass(frozen=True, slots=True)
class Part:
    """A finished file. `positions`: slices read on since the part before, each up to where, or DONE.

    `bytes` and `sha256` are of the file as it is stored, `raw_bytes` what it has before compression.
    """

    name: str
    rows: int
    bytes: int
    raw_bytes: int
    sha256: str
    positions: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return its line."""
        return {"part": self.name} | {name: getattr(self, name) for name in self.__slots__[1:]}


@dataclass(slots=True)
class Manifest:
    """What is written of an export so far; `head` is its first line, `end` the content of its last.

    `positions` say how far each slice is read, by its name.
    """

    head: Mapping[str, Any]
    parts: list[Part] = field(default_factory=list)
    positions: dict[str, str] = field(default_factory=dict)
    resumed: list[Mapping[str, Any]] = field(default_factory=list)
    end: Mapping[str, Any] | None = None

    @property
    def rows(self) -> int:
        """How many rows the finished parts have."""
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        """How many bytes the finished parts have, as stored."""
        return sum(part.bytes for part in self.parts)


def write_position(position: bytes) -> str:
    """Write where a scan goes on in a slice, as the manifest has it."""
    return DONE if position == OVER else b64encode(position).decode()


def read_position(text: str) -> bytes:
    """Read what `write_position` wrote."""
    return OVER if text == DONE else b64decode(text)


def line_of(content: Mapping[str, Any]) -> bytes:
    """Write a line with its end."""
    return orjson.dumps(content) + b"\n"


def end_of(parts: Iterable[Part], **said: Any) -> dict[str, Any]:
    """Return the last line of an export of these parts; its `sha256` is over the parts' digests, in order."""
    listed = list(parts)
    return {
        "end": {
            "parts": len(listed),
            "rows": sum(part.rows for part in listed),
            "bytes": sum(part.bytes for part in listed),
            "sha256": digest_of_parts(listed),
            **said,
        }
    }


def digest_of_parts(parts: Sequence[Part]) -> str:
    """Return the SHA-256 of the parts' digests, one a line."""
    return hashlib.sha256(b"".join(f"{part.sha256}\n".encode() for part in parts)).hexdigest()


def read_manifest(content: bytes, address: str) -> tuple[Manifest | None, int]:
    """Read a manifest, and count the bytes of its whole lines; None where not even the first is whole.

    Raises: Conflict where it is none of ours.
    """
    whole = content[: content.rfind(b"\n") + 1]
    lines = [_read_line(line, address) for line in whole.splitlines()]
    if not lines:
        return None, 0
    if lines[0].get("export") != VERSION:
        raise Conflict(f"{address} {UNREADABLE}")
    return manifest_of_lines(lines, address), len(whole)


def manifest_of_lines(lines: Sequence[Mapping[str, Any]], address: str = "the job's checkpoint") -> Manifest:
    """Return the manifest of these lines, the first its head. Raises: Conflict where they are none of ours."""
    manifest = Manifest(lines[0])
    for line in lines[1:]:
        _take(manifest, line, address)
    return manifest


def _take(manifest: Manifest, content: Mapping[str, Any], address: str) -> None:
    if "part" in content:
        try:
            manifest.parts.append(Part(content["part"], *(content[name] for name in Part.__slots__[1:])))
        except KeyError as error:
            raise Conflict(f"{address} {UNREADABLE}") from error
        manifest.positions.update(manifest.parts[-1].positions)
    elif "passed" in content:
        manifest.positions.update(content["passed"])
    elif "resumed" in content:
        manifest.resumed.append(content)
    elif "end" in content:
        manifest.end = content["end"]
    else:
        raise Conflict(f"{address} {UNREADABLE}")


def _read_line(line: bytes, address: str) -> Mapping[str, Any]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Conflict(f"{address} {UNREADABLE}") from error
    if not isinstance(content, dict):
        raise Conflict(f"{address} {UNREADABLE}")
    return content
