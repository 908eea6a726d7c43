"""One dependency, one reason: the table in docs, pyproject.toml and the lock agree."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def names_of(requirements):
    return {found[0].lower() for requirement in requirements if (found := NAME.match(requirement))}


def locked(extra):
    text = (ROOT / "requirements" / f"{extra}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_each_dependency_has_a_row_with_its_reason():
    rows = re.findall(
        r"^\| ([\w.-]+) \| (\w+) \| (.+) \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE
    )
    documented = {(name.lower(), extra) for name, extra, reason in rows if reason and name != "package"}
    declared = {(name, "core") for name in names_of(PROJECT["dependencies"])}
    for extra, requirements in PROJECT["optional-dependencies"].items():
        declared |= {(name, extra) for name in names_of(requirements)}
    assert documented == declared


@pytest.mark.parametrize("extra", ["core", "stack", "dev"])
def test_the_lock_pins_by_hash_and_names_no_address(extra):
    text = (ROOT / "requirements" / f"{extra}.txt").read_text()
    pins = re.findall(r"^\S+==", text, re.MULTILINE)
    assert len(pins) > 10
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "--index-url" not in text


def test_the_extras_share_the_versions_of_the_core():
    core = locked("core")
    for extra in ("stack", "dev"):
        assert {name: version for name, version in locked(extra).items() if name in core} == core


def test_one_driver_occupies_the_cassandra_module():
    assert "cassandra-driver" in locked("core")
    assert not any("scylla" in name for extra in ("core", "stack", "dev") for name in locked(extra))
    installed = {distribution.name.lower() for distribution in distributions()}
    assert "scylla-driver" not in installed
