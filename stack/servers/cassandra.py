"""Cassandra 5 from Maven Central's jars on a JDK 17, configured for one small node that starts quickly."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cassandra import DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import WhiteListRoundRobinPolicy

from stack.downloads import ARTIFACTS, POSTGRESQL_JAR, fetch_jars
from stack.environment import OWNER, USER
from stack.errors import NotReady
from stack.processes import Launch
from stack.servers.base import HOST, Server
from stack.state import write_text
from stack.tools import find_java17, find_maven

STORAGE = "cassandra_storage"
DEFAULT = "cassandra"
HEAP = "640m"
SETTINGS: dict[str, Any] = {
    "cluster_name": "trivium",
    "num_tokens": 16,
    "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
    "endpoint_snitch": "SimpleSnitch",
    "listen_address": HOST,
    "rpc_address": HOST,
    "authenticator": "PasswordAuthenticator",
    "authorizer": "CassandraAuthorizer",
    "role_manager": "CassandraRoleManager",
    "commitlog_sync": "periodic",
    "commitlog_sync_period": "1000ms",
    "commitlog_total_space": "512MiB",
    "memtable_allocation_type": "offheap_objects",
    "memtable_heap_space": "128MiB",
    "memtable_offheap_space": "128MiB",
    "file_cache_size": "64MiB",
    "key_cache_size": "16MiB",
    "counter_cache_size": "0MiB",
    "concurrent_reads": 16,
    "concurrent_writes": 16,
    "native_transport_max_threads": 64,
    "concurrent_compactors": 1,
    # A right that was looked for in vain is remembered so long, though its keyspace is made meanwhile.
    "permissions_validity": "250ms",
    # TRUNCATE and DROP need not keep a copy of what is made up or can be loaded again.
    "auto_snapshot": False,
}
FLAGS = {
    "cassandra.skip_wait_for_gossip_to_settle": "0",
    "cassandra.ring_delay_ms": "1",
    "cassandra.superuser_setup_delay_ms": "0",
    "jdk.attach.allowAttachSelf": "true",
    "java.net.preferIPv4Stack": "true",
    "io.netty.tryReflectionSetAccessible": "true",
}


class Cassandra(Server):
    """Cassandra of one stack."""

    name = "cassandra"
    title = "Cassandra"
    usual_port = 9042
    start_timeout_s = 240.0
    stop_timeout_s = 60.0

    def check_tools(self) -> None:
        """Prove that there are a Java 17 and Maven.

        Raises: RequirementMissing
        """
        find_java17()
        find_maven()

    def prepare(self) -> Launch:
        """Fetch the jars, write the configuration; Cassandra replays its commit log after a kill."""
        java = find_java17()
        jars = fetch_jars(self.site.layout.dist)
        self.data.mkdir(parents=True, exist_ok=True)
        self._write_configuration()
        return Launch([str(java / "bin" / "java"), *self._arguments(jars)], {"PATH": os.defpath, "LC_ALL": "C.UTF-8"})

    def probe(self) -> str:
        """Log in as the application's role, which gets its log-in last.

        Raises: NotReady
        """
        with self._session(USER, self.password) as session:
            return str(session.execute("SELECT release_version FROM system.local").one()[0])

    def secure(self) -> None:
        """Make an owner, take the default role's powers, make the application's role (no superuser).

        Raises: NotReady
        """
        try:
            self._secure_as_owner()
        except NotReady:
            with self._session(DEFAULT, DEFAULT) as session:
                password = self.site.passwords["cassandra_owner"]
                rights = f"PASSWORD = '{password}' AND LOGIN = true AND SUPERUSER = true"
                session.execute(f"CREATE ROLE IF NOT EXISTS {OWNER} WITH {rights}")
            self._secure_as_owner()

    def _secure_as_owner(self) -> None:
        default = self.site.passwords["cassandra_default"]
        with self._session(OWNER, self.site.passwords["cassandra_owner"]) as session:
            for statement in (
                f"ALTER ROLE {DEFAULT} WITH PASSWORD = '{default}' AND LOGIN = false AND SUPERUSER = false",
                f"CREATE ROLE IF NOT EXISTS {USER} WITH PASSWORD = '{self.password}' AND LOGIN = false",
                # Whoever creates a keyspace may do everything in it. More rights on all keyspaces would let the role
                # write system_auth and so make itself a superuser; DROP IF EXISTS needs DROP even where nothing is.
                *(f"GRANT {right} ON ALL KEYSPACES TO {USER}" for right in ("CREATE", "ALTER", "DROP")),
                f"GRANT SELECT ON KEYSPACE system_views TO {USER}",
                f"ALTER ROLE {USER} WITH LOGIN = true",
            ):
                session.execute(statement)

    @contextmanager
    def _session(self, user: str, password: str) -> Iterator[Session]:
        profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([HOST]), request_timeout=15)
        cluster = Cluster(
            [HOST],
            port=self.port,
            auth_provider=PlainTextAuthProvider(user, password),
            protocol_version=5,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            connect_timeout=5,
            control_connection_timeout=5,
            schema_metadata_enabled=False,
            token_metadata_enabled=False,
            monitor_reporting_enabled=False,
        )
        try:
            yield cluster.connect()
        except (NoHostAvailable, DriverException) as error:
            raise NotReady(str(error)) from error
        finally:
            cluster.shutdown()

    def _write_configuration(self) -> None:
        storage = self.site.ports[STORAGE]
        seeds = {
            "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
            "parameters": [{"seeds": f"{HOST}:{storage}"}],
        }
        own = {"native_transport_port": self.port, "storage_port": storage, "seed_provider": [seeds]}
        # JSON is YAML, and quotes paths.
        write_text(self.conf / "cassandra.yaml", json.dumps({**SETTINGS, **own}, indent=1) + "\n")
        shutil.copyfile(ARTIFACTS / "logback.xml", self.conf / "logback.xml")

    def _arguments(self, jars: Path) -> list[str]:
        names = sorted(jar.name for jar in jars.iterdir() if not jar.name.startswith(POSTGRESQL_JAR))
        agent = next(name for name in names if name.startswith("jamm-"))
        flags = {
            **FLAGS,
            "cassandra.storagedir": str(self.data),
            "cassandra.config": (self.conf / "cassandra.yaml").as_uri(),
            "logback.configurationFile": (self.conf / "logback.xml").as_uri(),
        }
        return [
            f"@{ARTIFACTS / 'jvm17.options'}",
            *(f"-X{option}" for option in (f"ms{HEAP}", f"mx{HEAP}")),
            f"-XX:ErrorFile={self.site.layout.log('cassandra-crash')}",
            f"-javaagent:{jars / agent}",
            *(f"-D{name}={value}" for name, value in flags.items()),
            "-cp",
            ":".join(str(jars / name) for name in names),
            "org.apache.cassandra.service.CassandraDaemon",
        ]
