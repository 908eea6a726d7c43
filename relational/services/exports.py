"""Saved exports: made at their first use, and moved on when one is finished."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from relational.models import SavedExport
from relational.rows import SavedExportRow
from relational.units import run_unit

FIELDS = ("id", "owner_id", "name", "request", "since")


def ensure_saved_export(owner_id: UUID, name: str, request: Mapping[str, Any]) -> SavedExportRow:
    """Return the owner's saved export of that name; it is made with this request where there is none.

    Raises: StoreError.
    """

    def ensure() -> SavedExportRow:
        SavedExport.objects.bulk_create(
            [SavedExport(owner_id=owner_id, name=name, request=dict(request))], ignore_conflicts=True
        )
        return SavedExportRow(*SavedExport.objects.values_list(*FIELDS).get(owner_id=owner_id, name=name))

    return run_unit(ensure)


def advance_saved_export(export_id: UUID, since: datetime) -> None:
    """Note that all that was stored before is exported; an earlier moment than the one noted changes nothing.

    Raises: StoreError.
    """
    run_unit(lambda: SavedExport.objects.filter(pk=export_id).exclude(since__gte=since).update(since=since))
