"""Saved exports: what is asked again and again, each time for what was stored since the last."""

from django.db import models
from django.db.models.functions import Now

from core.ids import new_id


class SavedExport(models.Model):
    """A request under an owner's name for it; all that was stored before `since` is in an export that is finished."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=64)
    request = models.JSONField()
    since = models.DateTimeField(null=True)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        """An owner has one of a name."""

        constraints = (models.UniqueConstraint(fields=["owner_id", "name"], name="saved_export_once"),)

    def __str__(self) -> str:
        return self.name
