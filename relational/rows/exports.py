"""Rows of saved exports."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SavedExportRow:
    """A saved export; `since` None: it has never been finished."""

    id: UUID
    owner_id: UUID
    name: str
    request: dict[str, Any]
    since: datetime | None
