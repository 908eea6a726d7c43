"""The columns of the matrix's models; each of the two applications makes its own tables of them."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q


class MakerColumns(models.Model):
    name = models.CharField(max_length=40, unique=True)
    city = models.CharField(max_length=40, null=True)  # noqa: DJ001 - null beside the empty text is compared
    founded = models.IntegerField(null=True)

    class Meta:
        abstract = True


class TagColumns(models.Model):
    word = models.SlugField(unique=True)

    class Meta:
        abstract = True


class ThingColumns(models.Model):
    name = models.CharField(max_length=20)
    note = models.TextField(null=True)  # noqa: DJ001 - null beside the empty text is compared
    count = models.IntegerField()
    rank = models.IntegerField(null=True)
    small = models.PositiveSmallIntegerField(default=7)
    big = models.BigIntegerField(null=True)
    ratio = models.FloatField(null=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    discount = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    is_active = models.BooleanField(default=True)
    flag = models.BooleanField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    at = models.TimeField(null=True)
    span = models.DurationField(null=True)
    token = models.UUIDField(default=uuid.uuid4)
    code = models.CharField(max_length=10, null=True, unique=True)  # noqa: DJ001 - null beside the empty text is compared
    blob = models.BinaryField(null=True)
    payload = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    maker = models.ForeignKey("Maker", on_delete=models.CASCADE, null=True, related_name="things")
    tags: "models.ManyToManyField[Any, Any]" = models.ManyToManyField("Tag", related_name="things")

    class Meta:
        abstract = True
        indexes = (models.Index(fields=["name", "-count"], name="%(app_label)s_name_count"),)
        constraints = (
            models.UniqueConstraint(fields=["name", "count", "rank"], name="%(app_label)s_unique_name_count"),
            models.CheckConstraint(condition=Q(count__gte=-1000), name="%(app_label)s_count_floor"),
        )
