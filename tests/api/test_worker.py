"""A worker of the API, before its first request."""

import subprocess
import sys

from routers import PROJECT_ROOT
from tests.integration.imports.children import child_environment

COUNT = "import gc, api.wsgi; print(len(gc.get_objects()), gc.get_freeze_count(), gc.get_threshold()[0])"


def test_what_a_worker_loaded_is_left_out_of_the_search_for_garbage(stores):
    command = [sys.executable, "-c", COUNT]
    said = subprocess.run(
        command, cwd=PROJECT_ROOT, env=child_environment(), capture_output=True, text=True, check=True
    )
    watched, left_out, threshold = map(int, said.stdout.split())
    assert left_out > 50_000 > watched
    assert threshold == 50_000
