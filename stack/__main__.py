"""The command line: `python -m stack up|down|status|logs|clean [--name NAME]`, called by the Makefile."""

import argparse
import errno
import sys

from rich.console import Console
from rich.table import Table

from stack import lifecycle
from stack.display import Display
from stack.errors import StackError
from stack.layout import Layout
from stack.servers import SERVERS
from stack.starting import tail
from stack.state import locked
from stack.tools import check_platform

NOT_ALL_RUN = 3
INTERRUPTED = 130


def main() -> int:
    """Run one command; what goes wrong is one line, the end of a log, and exit status 1."""
    options = parse_arguments()
    console = Console(highlight=False, soft_wrap=True)
    try:
        check_platform()
        return int(COMMANDS[options.command](options, console))
    except StackError as error:
        return _fail(error.message, error.detail)
    except KeyboardInterrupt:
        return _fail("interrupted; run it again to go on") and INTERRUPTED
    except OSError as error:
        remedy = "free some space (about 2 GB are needed)" if error.errno == errno.ENOSPC else "mend that"
        return _fail(f"{error}: {remedy} and run it again")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("server", nargs="?", choices=[*(kind.name for kind in SERVERS), "api"], help="for logs")
    parser.add_argument("--name", default="up", help="which stack of this clone (default: up)")
    parser.add_argument("--servers-only", action="store_true", help="up: no migrations, no demo, no API")
    parser.add_argument("--lines", type=int, default=40, help="logs: how many lines of each")
    options = parser.parse_args()
    if not options.name.isidentifier() or options.name == "dist":
        parser.error("--name takes letters, digits and underscores")
    return options


def up(options: argparse.Namespace, console: Console) -> int:
    """Start what does not run."""
    layout = Layout(options.name)
    with locked(layout.root / ".stack" / f"{layout.name}.lock"), Display(console) as display:
        site = lifecycle.open_site(layout)
        lifecycle.start_servers(site, display)
    return 0


def down(options: argparse.Namespace, console: Console) -> int:
    """Stop what runs; data stays."""
    layout = Layout(options.name)
    with locked(layout.root / ".stack" / f"{layout.name}.lock"), Display(console) as display:
        lifecycle.stop(layout, display)
    return 0


def clean(options: argparse.Namespace, console: Console) -> int:
    """Stop what runs and remove this stack."""
    layout = Layout(options.name)
    with locked(layout.root / ".stack" / f"{layout.name}.lock"), Display(console) as display:
        lifecycle.clean(layout, display)
    return 0


def status(options: argparse.Namespace, console: Console) -> int:
    """Show one line per server; 0 when all answer, 3 otherwise."""
    states = lifecycle.states(lifecycle.read_site(Layout(options.name)))
    table = Table("server", "state", "port", "version", "pid", "memory", "for")
    for state in states:
        process = state.process
        table.add_row(
            state.title,
            state.trouble or "answers",
            str(state.port or ""),
            state.version,
            str(process.pid) if process else "",
            f"{process.memory_bytes >> 20} MiB" if process else "",
            _duration(process.age_s) if process else "",
        )
    console.print(table)
    return NOT_ALL_RUN if any(state.trouble for state in states) else 0


def logs(options: argparse.Namespace, console: Console) -> int:
    """Show the end of each log."""
    layout = Layout(options.name)
    for name in [options.server] if options.server else [*(kind.name for kind in SERVERS), "api"]:
        console.rule(str(layout.log(name).relative_to(layout.root)), align="left")
        console.print(tail(layout.log(name), lines=options.lines) or "(empty)", markup=False)
    return 0


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _fail(message: str, detail: str = "") -> int:
    if detail:
        print(detail, file=sys.stderr)
    print(f"stack: {message}", file=sys.stderr)
    return 1


COMMANDS = {"up": up, "down": down, "status": status, "logs": logs, "clean": clean}

if __name__ == "__main__":
    sys.exit(main())
