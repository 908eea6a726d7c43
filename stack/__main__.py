"""The command line: `python -m stack up|down|status|logs|clean|run [--name NAME]`, called by the Makefile."""

import argparse
import errno
import signal
import sys
import textwrap
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

from rich.console import Console
from rich.table import Table

from stack import lifecycle
from stack.command import run_command
from stack.demo import ask_mixed_question, shorten
from stack.display import Display
from stack.environment import ADMIN_USER, DEMO_USER, describe_environment
from stack.errors import StackError
from stack.layout import Layout, layouts
from stack.servers import API, PARTS, Live, Site
from stack.starting import tail
from stack.state import locked
from stack.steps import bring_up_application
from stack.tools import check_platform

NOT_ALL_RUN = 3
INTERRUPTED = 130
MAX_TROUBLE = 80  # a driver's complaint may fill pages
SUBJECTS = tuple(kind.name for kind in PARTS)


def main() -> int:
    """Run one command; what goes wrong is one line, the end of a log, and exit status 1."""
    options = parse_arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        check_platform()
        return int(options.run(options, Console(highlight=False, soft_wrap=True)))
    except StackError as error:
        return _fail(error.message, error.detail)
    except KeyboardInterrupt:
        _fail("interrupted; run it again to go on")
        return INTERRUPTED
    except OSError as error:
        remedy = "free some space (about 2 GB are needed)" if error.errno == errno.ENOSPC else "mend that"
        return _fail(f"{error}: {remedy} and run it again")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    words = parser.add_subparsers(required=True, metavar="command")

    def add(run: Callable[[argparse.Namespace, Console], int]) -> argparse.ArgumentParser:
        word = words.add_parser(run.__name__, help=run.__doc__)
        word.set_defaults(run=run)
        word.add_argument("--name", default="up", type=_stack_name, help="which stack of this clone (default: up)")
        return word

    add(up).add_argument("--servers-only", action="store_true", help="no migrations, no demo data, no API")
    add(down)
    add(status)
    word = add(logs)
    word.add_argument("subject", nargs="?", choices=SUBJECTS)
    word.add_argument("--lines", type=int, default=40, help="how many lines of each (default: 40)")
    add(clean).add_argument("--all", action="store_true", help="every stack of this clone, and the downloads")
    add(run).add_argument("program", nargs="+", help="-- PROGRAM ARGUMENTS")
    return parser.parse_args()


def up(options: argparse.Namespace, console: Console) -> int:
    """Start what does not run, migrate, load demo data, show one mixed answer."""
    layout = Layout(options.name)
    with held(layout), Display(console) as display:
        site = lifecycle.open_site(layout)
        lifecycle.start_servers(site, display)
        if not options.servers_only:
            site = bring_up_application(site, display)
    if not options.servers_only:
        _show_answer(site, console)
    return 0


def down(options: argparse.Namespace, console: Console) -> int:
    """Stop what runs; data stays."""
    layout = Layout(options.name)
    with held(layout), Display(console) as display:
        lifecycle.stop_all(layout, display)
    return 0


def status(options: argparse.Namespace, console: Console) -> int:
    """Show each server; exit status 3 when one does not answer."""
    states = lifecycle.states(lifecycle.read_site(Layout(options.name)))
    table = Table("server", "state", "port", "version", "pid", "memory", "for")
    for state in states:
        process = state.process
        measures = (
            [str(process.pid), f"{process.memory_bytes >> 20} MiB", _duration(process.age_s)] if process else [""] * 3
        )
        answer = textwrap.shorten(state.trouble, MAX_TROUBLE, placeholder=" …") or "answers"
        table.add_row(state.title, answer, str(state.port or ""), state.version, *measures)
    console.print(table)
    for state in states:
        if state.process and state.trouble:
            console.print(f"{state.title}: {state.trouble}", markup=False)
    return NOT_ALL_RUN if any(state.trouble for state in states) else 0


def logs(options: argparse.Namespace, console: Console) -> int:
    """Show the end of each log, or of one."""
    layout = Layout(options.name)
    for subject in [options.subject] if options.subject else SUBJECTS:
        log = layout.log(subject)
        console.rule(str(log.relative_to(layout.root)), align="left")
        console.print(tail(log, lines=options.lines) or "(empty)", markup=False)
    return 0


def clean(options: argparse.Namespace, console: Console) -> int:
    """Stop what runs and remove its data."""
    for layout in layouts() if options.all else [Layout(options.name)]:
        with held(layout), Display(console) as display:
            lifecycle.clean(layout, display)
    if options.all:
        lifecycle.remove_downloads()
    return 0


def run(options: argparse.Namespace, console: Console) -> int:
    """Start the servers, run a program with their variables, stop them; its exit status is the answer."""
    layout = Layout(options.name)
    with held(layout):
        try:
            with Display(console) as display:
                site = lifecycle.open_site(layout)
                lifecycle.start_servers(site, display)
            variables = describe_environment(site.passwords, site.ports)
            return run_command(options.program, {**variables, "TRIVIUM_ENV_FILE": str(layout.env_file)})
        finally:
            with Display(console) as display:
                lifecycle.stop_all(layout, display)


def held(layout: Layout) -> AbstractContextManager[None]:
    """Hold a stack's lock, so that no two commands change one stack at once."""
    return locked(layout.lock_file, waiting=f"waiting for another command that works on the stack '{layout.name}'")


def _show_answer(site: Site, console: Console) -> None:
    path, answer = ask_mixed_question(site)
    address = API(site).address
    console.print_json(data=shorten(answer))
    console.print(f"\nThat was GET {path}, asked as {DEMO_USER} (lists shortened here).", markup=False)
    console.print(f"API    {address}/api/v1/\nDocs   {address}/api/v1/docs\nAdmin  {address}/admin/")
    console.print(f"Live   {Live(site).address}/live/v1/")
    console.print(f"Log-ins: {DEMO_USER} and {ADMIN_USER}; passwords in {site.layout.env_file}", markup=False)


def _stack_name(text: str) -> str:
    if not text.isidentifier() or text == "dist":
        raise argparse.ArgumentTypeError("letters, digits and underscores")
    return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _end(number: int, _frame: FrameType | None) -> None:
    """End in the orderly way: what `run` started is stopped."""
    sys.exit(128 + number)


def _fail(message: str, detail: str = "") -> int:
    if detail:
        print(detail, file=sys.stderr)
    print(f"stack: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
