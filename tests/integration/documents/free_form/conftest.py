"""Collections on the real server; each test's are dropped behind it, as no transaction of Django's covers them."""

import pytest
from pymongo.monitoring import CommandListener

from core.ids import new_id
from core.principals import Principal, Role
from documents import client, services
from documents.client import database, mongo_client
from documents.registry import PREFIX, TABLE, documents_of, find_collection


@pytest.fixture
def mongodb(django_db_setup):
    """The test database, without collections of anyone's before and after."""
    empty()
    yield database()
    empty()


def behind(name):
    """Return the MongoDB collection that holds a collection's documents."""
    row = find_collection(name)
    assert row is not None
    return documents_of(row)


def close_own_client():
    """Close the client of the settings as they are now; the one that Django's connections hold stays."""
    own = mongo_client()
    client._door.clients = {key: each for key, each in client._door.clients.items() if each is not own}
    own.close()


def empty():
    found = database()
    found[TABLE].delete_many({})
    for name in found.list_collection_names():
        if name.startswith(PREFIX):
            found.drop_collection(name)


@pytest.fixture
def ada():
    return Principal(new_id())


@pytest.fixture
def bob():
    return Principal(new_id())


@pytest.fixture
def operator():
    return Principal(new_id(), Role.OPERATOR)


@pytest.fixture
def books(mongodb, ada):
    """Ada's private collection without a schema, by name."""
    return services.create_collection(ada, "books", indexes=["shelf", "authors"]).name


class Commands(CommandListener):
    """What was sent to the server, by name."""

    def __init__(self):
        self.names = []

    def started(self, event):
        self.names.append(event.command_name)

    def succeeded(self, event):
        """Nothing to note."""

    def failed(self, event):
        """Nothing to note."""


@pytest.fixture
def commands(mongodb, settings):
    """The commands that this process's client sends from here on."""
    listener = Commands()
    entry = settings.DATABASES["documents"]
    kept = entry["CLIENT"]
    entry["CLIENT"] = {**kept, "event_listeners": [listener]}
    mongo_client().admin.command("ping")
    listener.names.clear()
    yield listener.names
    close_own_client()
    entry["CLIENT"] = kept
