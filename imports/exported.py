"""Files of an export, checked whole before anything of them is loaded. Called by the command `load`.

A part is held against the manifest beside it, a streamed answer (docs/live.md) against its own end record. What is cut
off or damaged is refused: half an export would look like a whole one.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidInput
from imports.sources import Damaged, open_source

MANIFEST = "manifest.ndjson"
CHUNK_BYTES = 1 << 20
AGAIN = "get the whole file again"


def check_exported(path: Path) -> None:
    """Check that a file is a whole part of a finished export, or a whole answer.

    Raises: InvalidInput that says what is wrong, NotFound.
    """
    manifest = path.parent / MANIFEST
    if manifest.is_file():
        _check_part(path, _manifest_lines(manifest))
    else:
        _check_answer(path)


def _manifest_lines(path: Path) -> list[Mapping[str, Any]]:
    try:
        return [orjson.loads(line) for line in path.read_bytes().splitlines()]
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error


def _check_part(path: Path, lines: list[Mapping[str, Any]]) -> None:
    if not lines or "end" not in lines[-1]:
        raise InvalidInput(f"the export in {path.parent} is not finished: run it again, it goes on")
    digests = {line["part"]: line["sha256"] for line in lines if "part" in line}
    if path.name not in digests:
        raise InvalidInput(f"{path.name} is no part that {MANIFEST} lists")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != digests[path.name]:
        raise InvalidInput(f"{path.name} is not as it was written: {AGAIN}")


def _check_answer(path: Path) -> None:
    digest, rows, last = hashlib.sha256(), 0, b""
    try:
        for line in _lines(path):
            digest.update(last)
            rows, last = rows + 1, line
        end = orjson.loads(last)["end"]
        is_whole = end == {"rows": rows - 1, "sha256": digest.hexdigest()}
    except (Damaged, orjson.JSONDecodeError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        wanted = f"a manifest beside it that lists it, or, of NDJSON that was streamed, its end record: {AGAIN}"
        raise InvalidInput(f"{path.name} is no whole export: there is neither {wanted}")


def _lines(path: Path) -> Iterator[bytes]:
    """Yield lines with their ends."""
    with open_source(path) as source:
        rest = b""
        for chunk in source.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in whole)
        if rest:
            yield rest
