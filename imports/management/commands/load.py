"""`manage.py load transactions|documents|events|identities FILE…`: files into the stores; see docs/loading.md."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from core.errors import InvalidInput
from core.exits import INTERRUPTED, REJECTED, TriviumCommand
from imports.identity import Occurrences
from imports.loading import Counts, Loading
from imports.progress import progress_bar
from imports.rejects import RejectsFile, free_path
from imports.requests import LoadRequest, make_target, read_request

KIND_HELP = {
    "transactions": "records as transactions of the ledger, in PostgreSQL",
    "documents": "records as documents of a collection, in MongoDB",
    "events": "records or log lines as events of a stream, in Cassandra",
    "identities": "rows (user, source, key): users, and what other sources call them, in PostgreSQL",
}


class Command(TriviumCommand):
    """Load files; running it again duplicates nothing. Exit status 3: some lines were rejected, the rest is stored."""

    help = "Load files into the stores (docs/loading.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add one word per kind of record, each with the options that it has."""
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        for kind, text in KIND_HELP.items():
            options = kinds.add_parser(kind, help=text)
            _add_run_options(options)
            _add_layout_options(options)
            if kind != "identities":
                options.add_argument("--owner", required=True, metavar="USERNAME", help="who owns what is made")
                options.add_argument("--time-zone", help="IANA time zone of times that have none (UTC)")
            if kind == "transactions":
                options.add_argument("--owner-source", help="accounts belong to the user with this key's source")
            if kind == "documents":
                options.add_argument("--visibility", default="private", help="of a collection made here (private)")
                options.add_argument("--index", action="append", default=[], metavar="FIELD", help="and its indexes")
            if kind == "events":
                _add_event_options(options)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the files and print one line of counts."""
        request = read_request(options)
        rejects = RejectsFile(request.rejects or free_path(request.data_set_of_first_file))
        target = make_target(request)
        with Occurrences() as occurrences:
            loading = Loading(target, occurrences, rejects, request.bounds)
            try:
                self._load_files(loading, request)
            except KeyboardInterrupt:
                self.stderr.write(f"interrupted ({_summary(loading.counts)}): run it again, nothing is stored twice")
                sys.exit(INTERRUPTED)
            except OSError as error:
                raise InvalidInput(f"reading stopped: {error}") from error
            finally:
                rejects.close()
        for warning in (*loading.cuts, *target.warnings()):
            self.stderr.write(self.style.WARNING(f"warning: {warning}"))
        self._finish(request, loading.counts, rejects)

    def _load_files(self, loading: Loading[Any], request: LoadRequest) -> None:
        for path in request.files:
            size = path.stat().st_size if path.is_file() else 0
            with progress_bar(path.name, size, in_bytes=True) as advance:
                loading.load_file(path, request.wishes, advance)

    def _finish(self, request: LoadRequest, counts: Counts, rejects: RejectsFile) -> None:
        self.stdout.write(f"{request.kind}: {_result(request, counts)}")
        if counts.rejected:
            self.stderr.write(self.style.WARNING(f"{counts.rejected} rejected, with reasons: {rejects.path}"))
            sys.exit(REJECTED)


def _result(request: LoadRequest, counts: Counts) -> str:
    if not counts.read and request.bounds.max_records != 0:
        return "no records"
    if request.bounds.dry_run:
        return f"dry run: read {counts.read}, would store {counts.stored}, would reject {counts.rejected}"
    return _summary(counts)


def _summary(counts: Counts) -> str:
    return f"read {counts.read}, stored {counts.stored}, already there {counts.there}, rejected {counts.rejected}"


def _add_run_options(options: ArgumentParser) -> None:
    options.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options.add_argument("--data-set", default="", help="name of the data set (the file's name without its suffix)")
    options.add_argument("--mapping", type=Path, metavar="TOML", help="mapping file; options come before it")
    options.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help="take a field's column")
    options.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="one value for all records")
    options.add_argument("--rejects", type=Path, metavar="FILE", help="where rejected lines go (NAME.rejects.ndjson)")
    options.add_argument("--dry-run", action="store_true", help="read and check everything, store nothing")
    options.add_argument("--limit", type=int, metavar="N", help="stop after N records")
    options.add_argument("--batch-size", type=int, default=1000, metavar="N", help="records a batch (1000)")


def _add_layout_options(options: ArgumentParser) -> None:
    options.add_argument("--format", help="bson, columns, csv, extjson, log or ndjson (told from name and content)")
    options.add_argument("--encoding", help="of text files (utf-8)")
    options.add_argument("--delimiter", help="between the values of a CSV file (a comma)")
    options.add_argument("--columns", help="names A,B,C of a table's columns when it has no header line")


def _add_event_options(options: ArgumentParser) -> None:
    options.add_argument("--pattern", help="named pattern of a plain log")
    options.add_argument("--year", type=int, help="year of log lines that have none")
    options.add_argument(
        "--roll-over", action="store_true", default=None, help="raise the year from December to January"
    )
    options.add_argument(
        "--exported", action="store_true", help="the files are an export's: store each event as it was"
    )
    options.add_argument("--create-stream", action="store_true", help="make the stream when it is missing")
    options.add_argument("--retention", default="forever", help="retention class of a stream made here (forever)")
    options.add_argument("--peak-rate", type=float, default=1.0, help="events a second it must take at its peak (1)")
    options.add_argument("--actors-read", action="store_true", help="actors may read the events that name them")
