"""The house rules that a machine can check: imports by floor, names of machines kept out, sizes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = (
    "api",
    "core",
    "documents",
    "exports",
    "formats",
    "imports",
    "live",
    "native",
    "operations",
    "query",
    "relational",
    "settings",
    "stack",
    "timeseries",
    "trivium_client",
)
LONGEST_FILE = 300
# Written in pieces, so that this file does not find itself.
FORBIDDEN = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "pyp" + r"i\.org", "repo1?" + r"\.maven", "registry" + r"\.npmjs"])
)


def tracked_files(*patterns):
    names = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in names.stdout.split()]


def test_imports_keep_to_the_floors():
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]


def test_no_machine_or_registry_is_named():
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if path.is_file()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert named == []


@pytest.mark.parametrize("room", ROOMS)
def test_files_are_short(room):
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked_files(f"{room}/*.py")
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_have_no_nameless_shelves(room):
    shelves = [
        path
        for path in tracked_files(f"{room}/*.py")
        if re.search(r"(utils?|helpers?|common|managers?)\.py$", path.name)
    ]
    assert shelves == []
