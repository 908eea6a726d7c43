"""One dependency, one reason: the table in docs, pyproject.toml and the lock agree."""

import ast
import re
import sys
import tomllib
from importlib.metadata import distributions, packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = DECLARED["project"]
PRODUCT = [*DECLARED["tool"]["importlinter"]["root_packages"], "manage", "routers"]
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


@pytest.mark.parametrize("extra", ["core", "exports", "stack", "dev"])
def test_the_lock_pins_by_hash_and_names_no_address(extra):
    text = (ROOT / "requirements" / f"{extra}.txt").read_text()
    pins = re.findall(r"^\S+==", text, re.MULTILINE)
    assert len(pins) > 10
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "--index-url" not in text


def test_the_extras_share_the_versions_of_the_core():
    core = locked("core")
    for extra in ("exports", "stack", "dev"):
        assert {name: version for name, version in locked(extra).items() if name in core} == core


def test_one_driver_occupies_the_cassandra_module():
    assert "cassandra-driver" in locked("core")
    assert not any("scylla" in name for extra in ("core", "exports", "stack", "dev") for name in locked(extra))
    installed = {distribution.name.lower() for distribution in distributions()}
    assert "scylla-driver" not in installed


def imported(source):
    """The top-level packages that a text of Python imports, by whatever form and in whatever function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared():
    """Every name that is a dependency of its own, or comes by an extra that is asked for (`psycopg[pool]`)."""
    given = [
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["exports"],
        *PROJECT["optional-dependencies"]["stack"],
    ]
    asked = [(text.partition("[")[0], extra) for text in given for extra in re.findall(r"\[(.+)\]", text)]
    brought = [
        need
        for name, extras in asked
        for need in requires(name) or ()
        if set(re.findall(r"extra == ['\"](\w+)['\"]", need)) & set(extras.split(","))
    ]
    return {normal(name) for name in names_of([*given, *brought])}


def undeclared(sources):
    """The packages of others that the texts import though none of their distributions is declared."""
    packages = {name for source in sources for name in imported(source)} - {*PRODUCT, *sys.stdlib_module_names}
    by_package, known = packages_distributions(), declared()
    return {name for name in packages if not known & {normal(each) for each in by_package.get(name, ())}}


def test_what_the_product_imports_is_declared():
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0].removesuffix(".py") in PRODUCT]
    assert len(files) > 200
    assert undeclared(path.read_text() for path in files) == set()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import attr", "attr"),
        ("def late():\n    from urllib3.util import Retry", "urllib3"),
        ("import nowhere.at_all", "nowhere"),
    ],
)
def test_an_import_of_what_others_brought_is_found(source, name):
    assert undeclared([source, "import re, orjson", "from psycopg_pool import ConnectionPool"]) == {name}
