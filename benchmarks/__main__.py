"""`python -m benchmarks [NAME…]`: measure the claims, show a table of each, write `results/NAME.json`.

The servers are those that TRIVIUM_ENV_FILE names, or a stack that is started for the run. See docs/benchmarks.md.
"""

import argparse
import importlib
import os
import sys

from rich.console import Console

from benchmarks.machine import sample_machine
from benchmarks.results import results_table, write_results
from benchmarks.stores import prepare_stores

CLAIMS = ("api", "events")
STACK = "bench"


def main() -> int:
    """Measure the claims named, or all; exit status 1 when a bar does not hold, 2 for an unknown name."""
    names = read_names()
    if not os.environ.get("TRIVIUM_ENV_FILE"):
        again = [sys.executable, "-m", "benchmarks", *names]
        os.execv(sys.executable, [sys.executable, "-m", "stack", "run", "--name", STACK, "--", *again])
    console = Console()
    prepare_stores()
    console.print(str(sample_machine()))
    has_failed = False
    for name in names:
        # A claim imports the rooms it measures, which need Django's settings: those are there only now.
        results = importlib.import_module(f"benchmarks.{name}").measure(console)
        console.print(results_table(name, results))
        console.print(f"written to {write_results(name, results)}")
        has_failed = has_failed or any(result.holds is False for result in results)
    return int(has_failed)


def read_names() -> list[str]:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(CLAIMS)}; all when none is given")
    names: list[str] = parser.parse_args().names or list(CLAIMS)
    unknown = [name for name in names if name not in CLAIMS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(CLAIMS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
