"""`python -m benchmarks`: which names it knows."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from benchmarks.__main__ import CLAIMS, read_names


def test_without_a_name_every_claim_is_measured(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert read_names() == list(CLAIMS)


def test_each_name_is_a_module():
    for name in CLAIMS:
        assert find_spec(f"benchmarks.{name}"), name


@pytest.mark.timeout(20)
def test_an_unknown_name_is_told_before_anything_starts():
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "apu"], capture_output=True, text=True, check=False, timeout=15
    )
    assert ended.returncode == 2
    assert "no benchmark 'apu'; there are: api, events" in ended.stderr
