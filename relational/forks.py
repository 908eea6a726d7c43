"""Connections do not survive a fork: the child forgets its parent's pool and connections and makes its own.

Registered once by the application's start; pre-forking servers and multiprocessing need nothing more.
"""

import os
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

# Kept, never closed: closing in the child would end the parent's sessions, whose sockets it shares.
_parents_connections: list[Any] = []


def forget_connections() -> None:
    """Leave the parent's connections and pools alone and start with none."""
    pools = vars(DatabaseWrapper)["_connection_pools"]
    _parents_connections.extend(pools.values())
    pools.clear()
    for wrapper in connections.all(initialized_only=True):
        if isinstance(wrapper, DatabaseWrapper) and wrapper.connection is not None:
            _parents_connections.append(wrapper.connection)
            wrapper.connection = None
            wrapper.in_atomic_block = False
            wrapper.savepoint_ids = []
            wrapper.needs_rollback = False


def register() -> None:
    """Run `forget_connections` in every child."""
    os.register_at_fork(after_in_child=forget_connections)
