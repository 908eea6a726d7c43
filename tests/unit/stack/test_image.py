"""What docker/not-in-image.txt leaves out of the image is nothing that our processes import."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LEFT_OUT = {
    line
    for line in (ROOT / "docker" / "not-in-image.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
# Importing a module that is None in sys.modules is an ImportError.
IMPORT_WITHOUT = """
import importlib, os, sys
sys.modules.update(dict.fromkeys(sys.argv[2].split(",")))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
for name in sys.argv[1].split():
    importlib.import_module(name)
"""


def modules_of(distributions):
    names = [name for name, owners in packages_distributions().items() if distributions & set(owners)]
    assert len(names) >= len(distributions)
    return names


def import_without(modules, distributions):
    command = [sys.executable, "-c", IMPORT_WITHOUT, modules, ",".join(modules_of(distributions))]
    variables = {**os.environ, "TRIVIUM_ENV": "local"}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "modules", ["api.urls api.server operations.management.commands.relay jobs.management.commands.worker", "live.asgi"]
)
def test_our_processes_need_nothing_that_the_image_leaves_out(modules):
    done = import_without(modules, LEFT_OUT)
    assert done.returncode == 0, done.stderr


def test_control_what_is_needed_and_left_out_is_noticed():
    done = import_without("api.urls", LEFT_OUT | {"redis"})
    assert done.returncode == 1
    assert "'redis' is not a package" in done.stderr
