"""Streams made for, and given to, owners that there are: who owns is known to PostgreSQL. Called by `api/`."""

from typing import Any
from uuid import UUID

from core.principals import Principal
from operations.owners import held_owner
from timeseries import services
from timeseries.streams import Stream


def create_stream(principal: Principal, *, owner: UUID | None = None, **asked: Any) -> Stream:
    """Make a stream; `asked` as `timeseries.services.create_stream` takes it.

    Raises: as that; NotFound for an owner that is not there.
    """
    with held_owner(principal, owner):
        return services.create_stream(principal, owner=owner, **asked)


def change_stream(principal: Principal, name: str, *, owner: UUID | None = None, **asked: Any) -> Stream:
    """Change who uses a stream; `asked` as `timeseries.services.change_stream` takes it.

    Raises: as that; NotFound for an owner that is not there.
    """
    with held_owner(principal, owner):
        return services.change_stream(principal, name, owner=owner, **asked)
