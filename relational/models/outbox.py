"""What was committed here and must reach the other stores: messages, and the lanes in which relays deliver them.

A message is written in the transaction of what it tells; its state, not a high-water mark, says what is left to do,
because transactions commit in another order than their ids.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class MessageState(models.TextChoices):
    """What became of a message; a dead one failed too often and waits for an operator."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class OutboxMessage(models.Model):
    """One thing to tell another store; messages of one key are delivered in the order of their ids."""

    id = models.BigAutoField(primary_key=True)
    lane = models.SmallIntegerField()
    key = models.CharField(max_length=128)
    topic = models.CharField(max_length=64)
    payload = models.JSONField()
    state = models.CharField(max_length=9, choices=MessageState.choices, default=MessageState.PENDING)
    attempts = models.IntegerField(default=0)
    available = models.DateTimeField(db_default=Now())
    error = models.TextField(blank=True)
    created = models.DateTimeField(db_default=Now())
    settled = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What is pending is read by lane and topic, by key, and by when it may go; what is settled by time."""

        indexes = (
            models.Index(fields=["lane", "topic", "id"], name="outbox_pending", condition=Q(state="pending")),
            models.Index(fields=["key", "id"], name="outbox_pending_key", condition=Q(state="pending")),
            models.Index(fields=["available"], name="outbox_waiting", condition=Q(state="pending")),
            models.Index(fields=["id"], name="outbox_dead", condition=Q(state="dead")),
            models.Index(fields=["settled"], name="outbox_delivered", condition=Q(state="delivered")),
        )

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class OutboxLane(models.Model):
    """The keys whose hash is this lane, delivered by one relay at a time: who holds it, until when."""

    lane = models.SmallIntegerField(primary_key=True)
    holder = models.UUIDField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.lane)


class OutboxRelay(models.Model):
    """A relay that runs, as of its last sign of life: so many share the lanes."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
