"""The tools made for the work: DSBulk from Maven, cqlsh from the Python registry, each in `benchmarks/.cache`.

How they are called, at their best documented settings, stands here, too; docs/benchmarks.md states those. Called by
`events_exporting` and `events_writing`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rivals.events.addresses import COLUMNS, address
from stack.errors import RequirementMissing
from stack.tools import find_java17, find_maven

CACHE = ROOT / "benchmarks" / ".cache"
RIVALS = ROOT / "benchmarks" / "rivals" / "events"
DSBULK_VERSION, CQLSH_VERSION = "1.10.0", "6.2.2"
DSBULK, CQLSH = f"DSBulk {DSBULK_VERSION}", f"cqlsh {CQLSH_VERSION}"
HEAP = "1g"
INSTALL_TIMEOUT_S = 900


class NotInstalled(Exception):
    """A tool cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class DSBulk:
    """DSBulk, by the command that starts it."""

    command: tuple[str, ...]

    def unload(self, table: str, connector: str, folder: Path) -> list[str]:
        """Return the command that unloads a table: ranges of tokens, so many files at once as it sees fit."""
        options = {"schema.table": table, "schema.splits": "8C", f"connector.{connector}.maxConcurrentFiles": "AUTO"}
        return self._run("unload", connector, folder, options)

    def load(self, table: str, connector: str, file: Path, *, ttl_s: int) -> list[str]:
        """Return the command that loads a file: batches of a partition, grouped within a buffer as wide as ours."""
        options = {
            "schema.table": table,
            "schema.queryTtl": str(ttl_s),
            "batch.mode": "PARTITION_KEY",
            "batch.maxBatchStatements": "100",
            "batch.bufferSize": "10000",
        }
        return self._run("load", connector, file, options)

    def _run(self, word: str, connector: str, place: Path, options: dict[str, str]) -> list[str]:
        where = address()
        # RFC 4180: a quote in a cell is doubled; an empty cell is an empty text.
        csv = {"connector.csv.escape": '"\\""', "connector.csv.maxCharsPerColumn": "70000"}
        csv |= {"connector.csv.nullValue": '""', "connector.csv.emptyValue": '""'} if word == "load" else {}
        given = {
            "connector.name": connector,
            f"connector.{connector}.url": str(place),
            "schema.keyspace": where.keyspace,
            "driver.basic.contact-points": f'["{where.host}:{where.port}"]',
            "driver.basic.load-balancing-policy.local-datacenter": "datacenter1",
            "driver.basic.request.page-size": "5000",
            "driver.basic.request.timeout": '"2 minutes"',
            "log.directory": str(CACHE / "events" / "dsbulk-logs"),
            "log.verbosity": "quiet",
            **(csv if connector == "csv" else {}),
            **options,
        }
        return [*self.command, word, *(part for key, value in given.items() for part in (f"--{key}", value))]


def install_dsbulk() -> DSBulk:
    """Fetch DSBulk's jars by Maven, once. Raises: NotInstalled."""
    jars = CACHE / f"dsbulk-{DSBULK_VERSION}"
    try:
        java = find_java17()
        if not jars.is_dir():
            _fetch_jars(str(find_maven()), java, jars)
    except RequirementMissing as error:
        raise NotInstalled(str(error)) from error
    login = CACHE / "dsbulk-login.conf"
    where = address()
    words = f'{{ class = PlainTextAuthProvider, username = "{where.user}", password = "{where.password}" }}'
    _write_secret(login, f"datastax-java-driver.advanced.auth-provider = {words}\n")
    logging = f"-Dlogback.configurationFile={(RIVALS / 'logback.xml').as_uri()}"
    program = ("-cp", f"{jars}/*", "com.datastax.oss.dsbulk.runner.DataStaxBulkLoader")
    options = (f"-Dconfig.file={login}", logging)
    return DSBulk((str(java / "bin" / "java"), f"-Xmx{HEAP}", *options, *program))


def _fetch_jars(maven: str, java: Path, jars: Path) -> None:
    beside = jars.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    command = [maven, "--batch-mode", "--quiet", "--strict-checksums", f"--file={RIVALS / 'pom.xml'}"]
    command += ["dependency:copy-dependencies", f"-DoutputDirectory={beside}"]
    _install(command, {**os.environ, "JAVA_HOME": str(java)})
    beside.rename(jars)


def install_cqlsh() -> list[str]:
    """Install cqlsh into an environment of its own, once; return the command that starts it. Raises: NotInstalled."""
    folder = CACHE / f"cqlsh-{CQLSH_VERSION}"
    if not (folder / "bin" / "cqlsh").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _install([sys.executable, "-m", "venv", str(folder)], dict(os.environ))
        _install([str(folder / "bin" / "pip"), "install", "--quiet", f"cqlsh=={CQLSH_VERSION}"], dict(os.environ))
    where = address()
    login = CACHE / "cqlsh-login"
    _write_secret(login, f"[PlainTextAuthProvider]\nusername = {where.user}\npassword = {where.password}\n")
    _write_secret(CACHE / "cqlshrc", "[auth_provider]\nmodule = cassandra.auth\nclassname = PlainTextAuthProvider\n")
    options = ["--cqlshrc", str(CACHE / "cqlshrc"), "--credentials", str(login), "--keyspace", where.keyspace]
    return [str(folder / "bin" / "cqlsh"), *options, "--request-timeout", "120", where.host, str(where.port)]


def copy_to(cqlsh: Sequence[str], table: str, file: Path) -> list[str]:
    """Return cqlsh's command that exports a table."""
    options = "HEADER = TRUE AND ESCAPE = '\"' AND NUMPROCESSES = 2 AND PAGESIZE = 5000 AND PAGETIMEOUT = 60"
    return [*cqlsh, "--execute", f"COPY {table} ({', '.join(COLUMNS)}) TO '{file}' WITH {options}"]


def copy_from(cqlsh: Sequence[str], table: str, file: Path, *, ttl_s: int) -> list[str]:
    """Return cqlsh's command that imports a file."""
    options = f"HEADER = TRUE AND ESCAPE = '\"' AND NULL = '<null>' AND TTL = {ttl_s} AND NUMPROCESSES = 2"
    options += " AND CHUNKSIZE = 5000 AND MAXBATCHSIZE = 100 AND INGESTRATE = 1000000"
    return [*cqlsh, "--execute", f"COPY {table} ({', '.join(COLUMNS)}) FROM '{file}' WITH {options}"]


def _write_secret(path: Path, text: str) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _install(command: Sequence[str], environment: dict[str, str]) -> None:
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or getattr(error, "stdout", "") or str(error)).strip().splitlines()
        raise NotInstalled(f"{Path(command[0]).name} failed: {said[-1] if said else error}") from error
