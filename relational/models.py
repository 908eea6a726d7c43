"""Tables of PostgreSQL. Invariants of the ledger are constraints and triggers of the database (migration 0002)."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from core.ids import new_id
from core.principals import Role


class User(AbstractUser):
    """A person or machine that logs in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.CONSUMER)
