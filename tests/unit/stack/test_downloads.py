import hashlib
import os
import stat
from pathlib import Path

import pytest

from stack import downloads
from stack.errors import DownloadFailed

JARS = {"a.jar": b"one", "b.jar": b"two"}
PINNED = {name: hashlib.sha256(content).hexdigest() for name, content in JARS.items()}


@pytest.fixture
def maven(tmp_path, monkeypatch):
    """Put a Maven in PATH that notes each call and runs a line of shell, with $into and $cache set."""
    monkeypatch.setattr(downloads, "pinned_jars", lambda: PINNED)
    calls = tmp_path / "calls"
    calls.touch()

    def install(line):
        program = tmp_path / "bin" / "mvn"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f"#!/bin/bash\necho call >>'{calls}'\n"
            "for word; do case $word in -DoutputDirectory=*) into=${word#*=};; -Dmaven.repo.local=*) cache=${word#*=};; esac; done\n"
            f"{line}\n"
        )
        program.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        return lambda: len(calls.read_text().splitlines())

    return install


GOOD = 'printf one >"$into/a.jar"; printf two >"$into/b.jar"'


def test_jars_are_fetched_once(maven, tmp_path):
    calls = maven(GOOD)
    folder = downloads.fetch_jars(tmp_path / "dist")
    assert downloads.fetch_jars(tmp_path / "dist") == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == JARS
    assert calls() == 1


@pytest.mark.parametrize("damage", ["cut", "gone", "half"])
def test_a_half_download_is_found_and_mended(maven, tmp_path, damage):
    calls = maven(GOOD)
    folder = downloads.fetch_jars(tmp_path / "dist")
    if damage == "cut":
        (folder / "a.jar").write_bytes(b"on")
    elif damage == "gone":
        (folder / "b.jar").unlink()
    else:
        folder.rename(folder.with_suffix(".new"))
    folder = downloads.fetch_jars(tmp_path / "dist")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == JARS
    assert calls() == 2


def test_a_damaged_cache_of_maven_is_gone_around(maven, tmp_path):
    calls = maven(f'if [ -z "$cache" ]; then printf on >"$into/a.jar"; else {GOOD}; fi')
    folder = downloads.fetch_jars(tmp_path / "dist")
    assert (folder / "a.jar").read_bytes() == b"one"
    assert calls() == 2
    assert not folder.with_suffix(".cache").exists()


def test_what_is_not_pinned_is_refused(maven, tmp_path):
    maven('printf evil >"$into/a.jar"; printf two >"$into/b.jar"')
    with pytest.raises(DownloadFailed, match=r"a.jar and it is not the pinned file \(1 of 2"):
        downloads.fetch_jars(tmp_path / "dist")
    assert not any(path.name.endswith(suffix) for path in (tmp_path / "dist").iterdir() for suffix in PINNED)
    with pytest.raises(DownloadFailed):
        downloads.fetch_jars(tmp_path / "dist")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("[ERROR] Could not transfer artifact x: Unknown host", "Unknown host - check the network"),
        ("java.io.IOException: No space left on device", "no space left on the disk"),
        ("", "no reason given - check the network"),
    ],
)
def test_a_failed_fetch_is_one_line_with_its_remedy(maven, tmp_path, output, words):
    maven(f"echo '{output}'; exit 1")
    with pytest.raises(DownloadFailed, match=words) as caught:
        downloads.fetch_jars(tmp_path / "dist")
    assert "\n" not in caught.value.message


def test_a_damaged_archive_is_one_line(tmp_path):
    (tmp_path / f"{downloads.POSTGRESQL_JAR}17.jar").write_bytes(b"no zip")
    with pytest.raises(DownloadFailed, match="remove .stack/dist"):
        downloads.unpack_postgresql(tmp_path, tmp_path / "into")
    assert not (tmp_path / "into" / "postgresql-17").exists()


def test_the_committed_list_pins_both_servers():
    pinned = downloads.pinned_jars()
    assert "cassandra-all-5.0.9.jar" in pinned
    assert any(name.startswith(f"{downloads.POSTGRESQL_JAR}17.") for name in pinned)
    assert all(len(digest) == 64 for digest in pinned.values())
    assert "://" not in Path(downloads.ARTIFACTS / "jars.sha256").read_text()
