"""The files of jobs: a folder for each job, under an address that fsspec knows (TRIVIUM_FILES).

Called by handlers (which folder), by `api/` (reading a range of a file) and by workers (deleting what has expired).
What fsspec's file systems raise is translated here.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import fsspec
from django.conf import settings

from core.errors import NotFound, PermissionRefused, StoreError, StoreUnavailable
from core.principals import Principal
from relational.rows import JobRow

logger = logging.getLogger(__name__)
STORE = "files"
BLOCK_BYTES = 1 << 20
SHAPES = {
    "name": re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=+-]{0,199}", re.ASCII),
    "sha256": re.compile(r"[0-9a-f]{64}", re.ASCII),
    "content_type": re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?[a-z]+=[A-Za-z0-9-]+)*", re.ASCII),
}


def folder_of_job(job_id: UUID) -> str:
    """Return the address of the folder of a whole job's files; it may not be there yet."""
    root: str = settings.FILES  # type: ignore[misc]  # mypy does not see split settings
    return f"{root.rstrip('/')}/{job_id}"


def files_of(job: JobRow) -> Sequence[Mapping[str, Any]]:
    """Return the files in a job's result: `name`, `bytes`, `sha256`, `content_type`, and `path` where that differs."""
    files: Sequence[Mapping[str, Any]] = (job.result or {}).get("files", ())
    return files


def file_of(principal: Principal, job: JobRow, name: str) -> Mapping[str, Any]:
    """Return one file of a job that the principal sees, for reading it.

    What is in it was read with the rights of whoever asked for the job; so it is not for all who see jobs.

    Raises: PermissionRefused for who is neither the job's owner nor an operator or admin; NotFound.
    """
    if not (principal.writes_everything or principal.owns(job.owner_id)):
        raise PermissionRefused("files are for the job's owner: ask for a job of your own")
    for file in files_of(job):
        if file["name"] == name:
            return file
    raise NotFound("no such file")


def check_files(result: Mapping[str, Any]) -> None:
    """Check the files in what a handler returns: their names stand in addresses and headers. Raises: ValueError."""
    for file in result.get("files", ()):
        if not all(shape.fullmatch(file[member]) for member, shape in SHAPES.items()) or file["bytes"] < 0:
            raise ValueError(f"no file of a job: {file}")


def read_range(job_id: UUID, file: Mapping[str, Any], *, start: int, length: int) -> Iterator[bytes]:
    """Read `length` bytes of a job's file from `start` on, in blocks; the first one is read at once.

    `file` is one of the `files` in a job's result: its `path` is below the job's folder, its `name` unless given.

    Raises: NotFound when it is not there any more, StoreUnavailable; what comes after the first block too, later.
    """
    blocks = _blocks(f"{folder_of_job(job_id)}/{file.get('path', file['name'])}", start, length)
    first = next(blocks, b"")

    def all_blocks() -> Iterator[bytes]:
        yield first
        yield from blocks

    return all_blocks()


def remove_folder(job_id: UUID) -> None:
    """Delete a job's files, those that there are. Raises: StoreUnavailable."""
    with translated_errors():
        system, path = fsspec.url_to_fs(folder_of_job(job_id))
        system.invalidate_cache()
        if system.exists(path):
            system.rm(path, recursive=True)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise our errors instead of those of a file system, whichever it is. Raises: NotFound, StoreUnavailable."""
    try:
        yield
    except StoreError:
        raise
    except FileNotFoundError as error:
        raise NotFound("the file is not there any more") from error
    except Exception as error:  # each file system has its own: botocore's, aiohttp's, OSError
        raise StoreUnavailable(f"the files cannot be reached: {error}", store=STORE) from error


def _blocks(address: str, start: int, length: int) -> Iterator[bytes]:
    with translated_errors():
        system, path = fsspec.url_to_fs(address)
        with system.open(path, "rb", block_size=BLOCK_BYTES, cache_type="readahead") as file:
            file.seek(start)
            while length > 0:
                block = file.read(min(BLOCK_BYTES, length))
                if not block:
                    raise StoreUnavailable("a file is shorter than it was", store=STORE)
                length -= len(block)
                yield block
