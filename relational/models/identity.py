"""People and machines that log in, what they are called elsewhere, their teams and their API keys."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from rest_framework_api_key.models import AbstractAPIKey

from core.ids import new_id
from core.principals import KEY_SCOPES, Role

NO_NUL = ProhibitNullCharactersValidator()
ACCEPTED = models.Q(accepted__isnull=False)
"""Of memberships: those that are no mere invitations."""


class PeopleManager(UserManager["User"]):
    """Django's own, whose superusers are admins to the API, too."""

    def create_superuser(self, username: str, email: Any = None, password: Any = None, **fields: Any) -> "User":
        """Make an admin; called by `manage.py createsuperuser`."""
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN.value, **fields})


class User(AbstractUser):
    """A person or machine that logs in."""

    objects: ClassVar[PeopleManager] = PeopleManager()

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(
        max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.CONSUMER.value
    )

    class Meta(AbstractUser.Meta):
        """As Django has it; a reset of the password looks for the mail address in any case."""

        indexes = (models.Index(Upper("email"), name="user_by_email"),)


class UserKey(models.Model):
    """What a user is called in some other source, e.g. (fmiller, cdnow.customer_id, 00001)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="keys")
    source = models.CharField(max_length=100, validators=[NO_NUL])
    key = models.CharField(max_length=200, validators=[NO_NUL])

    class Meta:
        """A key may tie several users to one thing, but each of them once."""

        constraints = (models.UniqueConstraint(fields=["user", "source", "key"], name="user_key_once"),)
        indexes = (models.Index(fields=["source", "key"], name="user_key_by_source"),)

    def __str__(self) -> str:
        return f"{self.source}={self.key}"


class Team(models.Model):
    """Users who own things together: accounts, collections and streams."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True, validators=[NO_NUL])
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user in a team; a manager also says who else is. Until the user accepted it, it is an invitation only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    is_manager = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    accepted = models.DateTimeField(null=True, blank=True, default=timezone.now)

    class Meta:
        """A user is in a team once."""

        constraints = (models.UniqueConstraint(fields=["team", "user"], name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class ApiKey(AbstractAPIKey):
    """A key with which a machine asks as its user, within scopes and until it expires; stored hashed."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    scopes = ArrayField(models.CharField(max_length=32, choices=[(scope.value, scope.value) for scope in KEY_SCOPES]))
    last_used = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractAPIKey.Meta):
        """As the library has it."""

        verbose_name = "API key"
        verbose_name_plural = "API keys"
