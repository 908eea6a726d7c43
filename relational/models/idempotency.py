"""Answers kept by the client's own key, so that a request sent twice is done once."""

from django.db import models

from relational.models.identity import User


class IdempotentAnswer(models.Model):
    """The answer to a write, committed with it; `fingerprint` is SHA-256 of what was asked."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    location = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A user's key stands for one request."""

        constraints = (models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),)
        indexes = (models.Index(fields=["created"], name="idempotent_answer_by_age"),)

    def __str__(self) -> str:
        return self.key
