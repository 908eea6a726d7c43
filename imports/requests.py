"""What the command `load` was asked: options and mapping file, checked and put together. Called by the command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, NotFound
from imports.detection import FORMATS, data_set_name
from imports.exported import check_exported
from imports.layouts import Layout
from imports.lines import checked_encoding
from imports.loading import Bounds, Wishes, checked_data_set
from imports.local_times import LocalClock, zone_by_name
from imports.mapping import FieldMap, build_field_map
from imports.mapping_files import MappingFile, read_mapping_file
from imports.owners import principal_by_username
from imports.patterns import PATTERNS
from imports.targets.base import Target
from imports.targets.documents import Documents, NewCollection
from imports.targets.events import Events, NewStream
from imports.targets.exported import ExportedEvents
from imports.targets.identities import Identities
from imports.targets.transactions import Transactions

MAX_BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """One run of the command."""

    kind: str
    files: Sequence[Path]
    fields: FieldMap
    wishes: Wishes
    bounds: Bounds
    make_clock: Callable[[], LocalClock]
    rejects: Path | None
    options: Mapping[str, Any]

    @property
    def data_set_of_first_file(self) -> str:
        """Return the name that the rejects file takes."""
        return self.wishes.data_set or data_set_name(self.files[0].name)


def read_request(options: Mapping[str, Any]) -> LoadRequest:
    """Check a command line before anything is opened.

    Raises: InvalidInput or NotFound for what is wrong in it or in the mapping file.
    """
    for path in options["files"]:
        if not path.exists():
            raise NotFound(f"there is no file {path}")
    for path in options["files"] if options.get("exported") else ():
        check_exported(path)
    mapping = read_mapping_file(options["mapping"]) if options["mapping"] else MappingFile()
    said = dict(mapping.input) | {name: value for name, value in options.items() if value not in (None, "")}
    return LoadRequest(
        kind=options["kind"],
        files=options["files"],
        fields=build_field_map(
            options["kind"],
            columns=_pairs(options["map"], "--map FIELD=COLUMN"),
            values=_pairs(options["set"], "--set FIELD=VALUE"),
            file_columns=mapping.columns,
            file_values=mapping.values,
        ),
        wishes=_wishes(said, mapping),
        bounds=_bounds(options),
        make_clock=_clock_maker(said),
        rejects=options["rejects"],
        options=options,
    )


def make_target(request: LoadRequest) -> Target[Any]:
    """Make the target of a request; its owner is looked up.

    Raises: NotFound when there is no such owner, StoreError when PostgreSQL does not answer.
    """
    if request.kind == "identities":
        return Identities(request.fields)
    owner = principal_by_username(request.options["owner"])
    if request.kind == "transactions":
        owner_source = request.options["owner_source"]
        return Transactions(request.fields, request.make_clock(), owner=owner, owner_source=owner_source)
    if request.kind == "events" and request.options["exported"]:
        return ExportedEvents(request.fields, owner=owner, new_stream=_new_stream(request.options))
    if request.kind == "events":
        return Events(request.fields, request.make_clock, owner=owner, new_stream=_new_stream(request.options))
    new_collection = NewCollection(request.options["visibility"], tuple(request.options["index"]))
    return Documents(request.fields, owner=owner, new_collection=new_collection)


def _new_stream(options: Mapping[str, Any]) -> NewStream | None:
    if not options["create_stream"]:
        return None
    return NewStream(options["retention"], options["peak_rate"], options["actors_read"])


def _clock_maker(said: Mapping[str, Any]) -> Callable[[], LocalClock]:
    zone, year, roll_over = zone_by_name(_text(said, "time_zone", "UTC")), _year(said), bool(said.get("roll_over"))
    LocalClock(zone, year=year)
    return lambda: LocalClock(zone, year=year, roll_over=roll_over)


def _wishes(said: Mapping[str, Any], mapping: MappingFile) -> Wishes:
    columns = said.get("columns", ())
    names = columns.split(",") if isinstance(columns, str) else list(columns)
    layout = Layout(
        format=_text(said, "format"),
        encoding=checked_encoding(_text(said, "encoding", "utf-8")),
        delimiter=_text(said, "delimiter", ","),
        columns=tuple(str(name).strip() for name in names),
    )
    if layout.format and layout.format not in FORMATS:
        raise InvalidInput(f"there is no format {layout.format!r}; there are {', '.join(FORMATS)}", path="format")
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n':
        raise InvalidInput(f"a delimiter is one character, not {layout.delimiter!r}", path="delimiter")
    data_set = _text(said, "data_set")
    return Wishes(
        layout,
        pattern=_text(said, "pattern"),
        patterns={**PATTERNS, **mapping.patterns},
        data_set=checked_data_set(data_set) if data_set else "",
    )


def _bounds(options: Mapping[str, Any]) -> Bounds:
    if not 1 <= options["batch_size"] <= MAX_BATCH_ROWS:
        raise InvalidInput(f"--batch-size is between 1 and {MAX_BATCH_ROWS}", path="batch_size")
    if options["limit"] is not None and options["limit"] < 0:
        raise InvalidInput("--limit is not below 0", path="limit")
    return Bounds(options["batch_size"], options["limit"], options["dry_run"])


def _pairs(texts: Sequence[str], usage: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise InvalidInput(f"{text!r}: write {usage}")
        if name in pairs:
            raise InvalidInput(f"{name} is given twice: {usage}")
        pairs[name] = value
    return pairs


def _text(said: Mapping[str, Any], name: str, default: str = "") -> str:
    value = said.get(name, default)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be text", path=name)
    return value


def _year(said: Mapping[str, Any]) -> int | None:
    year = said.get("year")
    if year is not None and (not isinstance(year, int) or isinstance(year, bool)):
        raise InvalidInput("year must be a whole number", path="year")
    return year
