"""The registry of collections, a Django model on MongoDB. The documents themselves are free-form and have no model.

Admin and migrations go through the Django backend, services and selectors through `registry`.
"""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from core.ids import new_id
from core.times import now
from documents.rows import Visibility

MAX_NAME_CHARACTERS = 64
NAME_PATTERN = rf"[a-z0-9][a-z0-9_-]{{0,{MAX_NAME_CHARACTERS - 1}}}"


class Collection(models.Model):
    """A named set of free-form documents; `owner` is the id of a user or a team, who live in another store.

    `changes` are the ids of its last changes, `deleting` the one that is about to take it away (`registry`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(
        max_length=MAX_NAME_CHARACTERS,
        unique=True,
        validators=[RegexValidator(rf"\A{NAME_PATTERN}\Z", "lower-case letters, digits, _ and -")],
    )
    owner = models.UUIDField()
    visibility = models.CharField(
        max_length=16, choices=[(each.value, each.value) for each in Visibility], default=Visibility.PRIVATE.value
    )
    schema = models.JSONField(null=True, blank=True, default=None)
    indexes = models.JSONField(default=list, blank=True)
    created = models.DateTimeField(default=now, editable=False)
    updated = models.DateTimeField(default=now, editable=False)
    version = models.IntegerField(default=1, editable=False)
    changes = models.JSONField(default=list, editable=False)
    deleting = models.UUIDField(null=True, default=None, editable=False)

    class Meta:
        """The table is read by `registry`, too."""

        db_table = "documents_collection"
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class DeletedCollection(models.Model):
    """What stays of a deleted collection: the id of its deletion, and of the changes before, as asked for later."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=MAX_NAME_CHARACTERS)
    collection = models.UUIDField()
    changes = models.JSONField(default=list)
    deleted = models.DateTimeField(default=now)

    class Meta:
        """The table is read by `registry`, too."""

        db_table = "documents_deletedcollection"

    def __str__(self) -> str:
        return self.name
