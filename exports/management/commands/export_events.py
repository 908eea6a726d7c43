"""`manage.py export_events TARGET …`: events into files, gone on with where it was interrupted; see docs/exports.md."""

import re
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.exits import DIFFERS, INTERRUPTED, TriviumCommand
from core.principals import SYSTEM
from exports.progress import shown_progress
from exports.request import READERS, parse_request
from exports.running import Outcome, run_export
from exports.saved import find_saved, next_request, note_finished
from exports.single import check_single, join_parts
from exports.targets import Target, open_target
from exports.verifying import verify_export
from formats import COMPRESSIONS, FORMATS

UNITS = {"": 1, "k": 1000, "kb": 1000, "kib": 1 << 10, "mb": 10**6, "mib": 1 << 20, "gb": 10**9, "gib": 1 << 30}


class Command(TriviumCommand):
    """Write events to files. Running it again goes on with an export that was interrupted."""

    help = "Export events to files (docs/exports.md)."
    requires_system_checks = ()  # they import every room, which takes longer than a small export

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options; those of a request bear the names that it has in JSON."""
        parser.add_argument("target", help="a folder, or an address like s3://bucket/folder")
        parser.add_argument("--streams", default="all", help="names between commas (all)")
        parser.add_argument("--from", metavar="TIME", help="events at this time or later, RFC 3339")
        parser.add_argument("--to", metavar="TIME", help="events earlier than this time")
        parser.add_argument("--columns", help="names between commas, also payload.<path>[:type] (all)")
        parser.add_argument("--format", choices=list(FORMATS), help="ndjson")
        parser.add_argument("--compression", choices=list(COMPRESSIONS), help="none; in Parquet and Arrow zstd")
        parser.add_argument("--part-bytes", type=_size, help="a part ends when it has so many: 256MiB")
        parser.add_argument("--part-rows", type=int, help="a part has no more rows")
        parser.add_argument(
            "--neutralise-formulas",
            action="store_true",
            default=None,
            help="in CSV: no cell is a formula to a spreadsheet",
        )
        parser.add_argument(
            "--filter", dest="filters", action="append", metavar="CONDITION", help="kind=login, payload.status:gte=500"
        )
        parser.add_argument("--stored-since", metavar="TIME", help="only what was stored then or later")
        parser.add_argument(
            "--since-last", metavar="NAME", help="only what was stored since the last export of this name"
        )
        parser.add_argument(
            "--verify", action="store_true", help="hold the finished export against its files and the store"
        )
        parser.add_argument("--single", type=Path, metavar="FILE", help="make one file of the parts, in the end")
        parser.add_argument("--joins", metavar="NAMES", help="attributes of people and documents: users.email,…")
        parser.add_argument("--rows-per-s", type=int, help="read no faster than this")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Export, and print one line of counts."""
        if options["verify"]:
            self._verify(open_target(options["target"]))
            return
        asked = {name: options.get(name) for name in READERS}
        target = open_target(options["target"])
        saved = find_saved(SYSTEM.user_id, options["since_last"], asked) if options["since_last"] else None
        request = next_request(saved, target) if saved else parse_request(asked)
        if options["single"]:
            check_single(request, options["single"])
        try:
            with shown_progress(target.address, self.stderr.write) as advance:
                outcome = run_export(SYSTEM, request, target, advance=advance, rows_per_s=options["rows_per_s"])
        except KeyboardInterrupt:
            self.stderr.write("interrupted: finished parts stay, the same command goes on with them")
            sys.exit(INTERRUPTED)
        if saved:
            note_finished(saved, outcome.manifest)
        if options["single"]:
            join_parts(request, outcome.manifest, target, options["single"])
        self.stdout.write(_summary(outcome, target))

    def _verify(self, target: Target) -> None:
        verdict = verify_export(target)
        if verdict.damaged:
            self.stdout.write(f"damaged: {', '.join(verdict.damaged)}")
        else:
            counts = f"unchanged {verdict.unchanged}, added {verdict.added}, expired {verdict.expired}"
            self.stdout.write(f"files whole; {counts}, missing {verdict.missing}")
        if not verdict.is_good:
            sys.exit(DIFFERS)


def _summary(outcome: Outcome, target: Target) -> str:
    end = outcome.end
    said = f"{end['rows']} rows in {end['parts']} parts, {end['bytes']} bytes, engine {outcome.manifest.head['engine']}"
    return f"{'complete already: ' if outcome.was_complete else ''}{said}, {target.address}"


def _size(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,12})([a-z]*)", text.lower())
    if not found or found[2] not in UNITS:
        raise ArgumentTypeError(f"{text!r} is no size: write 1000000, 64MiB, 1GB")
    return int(found[1]) * UNITS[found[2]]
