"""The rejects file: NDJSON of what could not be loaded, each with number, reason and raw text. Called by `loading`."""

import base64
import json
import os
from pathlib import Path
from typing import IO

from core.errors import Conflict, InvalidInput
from imports.records import Rejection

MAX_RAW_BYTES = 1 << 16
MAX_NAME_CHARACTERS = 50


class RejectsFile:
    """Opened at the first rejection; an existing file is never written to."""

    def __init__(self, path: Path) -> None:
        if os.path.lexists(path):
            raise Conflict(f"the rejects file {path} exists: move it away or name another with --rejects")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise InvalidInput(f"no rejects file can be written in {path.parent}: name another place with --rejects")
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None

    def write(self, file_name: str, rejection: Rejection) -> None:
        """Append one rejection.

        Raises: Conflict when somebody made the file meanwhile, InvalidInput when it cannot be written.
        """
        try:
            self._file = self._file or self.path.open("x", encoding="utf-8")
            self._file.write(json.dumps(_row(file_name, rejection), ensure_ascii=False) + "\n")
        except FileExistsError as error:
            raise Conflict(f"the rejects file {self.path} exists: name another with --rejects") from error
        except OSError as error:
            message = f"the rejects file {self.path} cannot be written ({error.strerror}): name another with --rejects"
            raise InvalidInput(message) from error
        self.count += 1

    def flush(self) -> None:
        """Bring what was written to the disk's side, so that a killed run leaves whole lines."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file:
            self._file.close()


def free_path(stem: str) -> Path:
    """Return `STEM.rejects.ndjson` in the current folder, or `STEM.rejects.2.ndjson` and so on when that exists."""
    name = stem.replace("/", "_")[:MAX_NAME_CHARACTERS]
    path, number = Path(f"{name}.rejects.ndjson"), 1
    while os.path.lexists(path):
        number += 1
        path = Path(f"{name}.rejects.{number}.ndjson")
    return path


def _row(file_name: str, rejection: Rejection) -> dict[str, object]:
    kept = rejection.raw[:MAX_RAW_BYTES]
    row: dict[str, object] = {"file": file_name, "number": rejection.number, "reason": rejection.reason}
    try:
        row["raw"] = kept.decode()
    except UnicodeDecodeError:
        row["raw_base64"] = base64.b64encode(kept).decode()
    if len(kept) < len(rejection.raw):
        row["raw_bytes"] = len(rejection.raw)
    return row
