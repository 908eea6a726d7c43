"""The one door to MongoDB: a client per process and address, connected at first use, made anew after a fork.

Called by this room's services, selectors and health, and by its Django backend, which shares the client. The driver's
exceptions end at `translated` (`failures`), where its time is measured, too.
"""

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import pymongo
from django.db import connections
from pymongo import MongoClient
from pymongo.database import Database

from core.deadlines import shorten
from core.timings import measured
from documents.failures import DRIVER_ERRORS, STORE, translate

Client = MongoClient[dict[str, Any]]
DEFINITION_TIMEOUT_S = 3600.0
LONGEST_WAIT_S = 10.0
MIN_TIMEOUT_S = 0.001  # the driver takes 0 for no bound at all

# What a URI does not say. Not timeoutMS: with it the driver takes that long to say that no server is there.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "appname": "trivium",
        "connectTimeoutMS": 5_000,
        "retryReads": True,
        "retryWrites": True,
        "serverSelectionTimeoutMS": 5_000,
        "socketTimeoutMS": int(LONGEST_WAIT_S * 1000),
        "tz_aware": True,
        "uuidRepresentation": "standard",
        "w": "majority",
    },
)


@dataclass(slots=True)
class _Door:
    """What a process has open, by the options it was opened with."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    clients: dict[str, Client] = field(default_factory=dict)


_door = _Door()
# Kept, never closed: were they collected in a child, the driver would tidy up sockets that its parent uses.
_parents_doors: list[_Door] = []


def mongo_client(options: Mapping[str, Any] | None = None) -> Client:
    """Return this process's client; equal options give the same client, shared by every thread.

    `options` are MongoClient's own (`host` is the URI), those of the DATABASES entry's CLIENT unless given. What
    neither they nor the URI say comes from DEFAULTS.

    Raises: StoreUnavailable when the options or the URI are wrong; a server is looked for at first use only.
    """
    chosen = _with_defaults(connections.databases[STORE]["CLIENT"] if options is None else options)
    key = repr(sorted(chosen.items()))
    with _door.lock:
        if key not in _door.clients:
            with translated(writing=False):
                _door.clients[key] = MongoClient(**chosen)
        return _door.clients[key]


def database() -> Database[dict[str, Any]]:
    """Return the database in use: the DATABASES entry's, in tests the test database."""
    return mongo_client()[str(connections.databases[STORE]["NAME"])]


def close() -> None:
    """Close this process's clients; the next use opens others."""
    with _door.lock:
        clients = list(_door.clients.values())
        _door.clients.clear()
    for client in clients:
        client.close()


@contextmanager
def translated(*, writing: bool, timeout_s: float | None = None) -> Iterator[None]:
    """Turn the driver's exceptions of the block into errors of our tree; `timeout_s` bounds the whole block.

    Without it the options' own bounds count, and the request's deadline once less than these is left of it.
    """
    with measured(STORE, writing=writing):
        allowed_s = shorten(LONGEST_WAIT_S if timeout_s is None else timeout_s)
        try:
            if timeout_s is None and allowed_s == LONGEST_WAIT_S:
                yield
            else:
                with pymongo.timeout(max(allowed_s, MIN_TIMEOUT_S)):
                    yield
        except DRIVER_ERRORS as error:
            raise translate(error, writing=writing) from error


def _with_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    query = str(options.get("host", "")).partition("?")[2]
    said = {name.lower() for name, _ in parse_qsl(query)} | {name.lower() for name in options}
    return {
        "connect": False,
        **{name: value for name, value in DEFAULTS.items() if name.lower() not in said},
        **options,
    }


def _forget_parents_clients() -> None:
    """In a forked child: the parent's sockets and threads are not ours; neither use nor close them."""
    global _door  # noqa: PLW0603 - a process has one door
    _parents_doors.append(_door)
    _door = _Door()


os.register_at_fork(after_in_child=_forget_parents_clients)
atexit.register(close)
