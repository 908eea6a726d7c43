import os
import signal

import pymongo
import pytest
from pymongo.errors import OperationFailure

from stack.environment import describe_environment
from stack.processes import find_process
from stack.servers import MongoDB
from stack.state import write_object


def connect(server):
    return pymongo.MongoClient(describe_environment(server.site.passwords, server.site.ports)["TRIVIUM_MONGODB_URI"])


@pytest.fixture
def server(up):
    return up(MongoDB)


def test_transactions_and_change_streams_work(server):
    with connect(server) as client:
        numbers = client.get_default_database()["numbers"]
        with numbers.watch() as changes:
            with client.start_session() as session:
                session.with_transaction(lambda session: numbers.insert_one({"_id": 7}, session=session))
            assert next(changes)["documentKey"] == {"_id": 7}


def test_the_user_may_use_databases_and_not_the_server(server):
    with connect(server) as client:
        client["another"]["things"].create_index("name")
        client.drop_database("another")
        for command in ({"createUser": "x", "pwd": "y", "roles": ["root"]}, {"shutdown": 1}, {"replSetGetStatus": 1}):
            with pytest.raises(OperationFailure, match="not authorized"):
                client.admin.command(command)


def test_nobody_is_let_in_without_a_password(server):
    stranger: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        "127.0.0.1", server.port, directConnection=True
    )
    with stranger as client:
        with pytest.raises(OperationFailure, match="requires authentication"):
            client.admin.command("listDatabases")
        with pytest.raises(OperationFailure, match="requires authentication"):
            client.admin.command("createUser", "x", pwd="y", roles=["root"])


def test_javascript_is_off(server):
    with connect(server) as client, pytest.raises(OperationFailure, match="no globalScriptEngine"):
        list(client["trivium"]["numbers"].find({"$where": "true"}))


def test_the_replica_set_follows_a_new_port_and_keeps_its_data(server, up, layout):
    with connect(server) as client:
        client["trivium"]["kept"].insert_one({"_id": 7})
    process = find_process(layout.pid("mongodb"))
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    while find_process(layout.pid("mongodb")):
        pass
    write_object(layout.ports_file, {name: port for name, port in server.site.ports.items() if name != "mongodb"})
    moved = up(MongoDB)
    assert moved.port != server.port
    with connect(moved) as client:
        assert client["trivium"]["kept"].find_one() == {"_id": 7}
        assert client.admin.command("hello")["hosts"] == [f"127.0.0.1:{moved.port}"]
