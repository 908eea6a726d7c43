"""What a load of events means on disks and nodes: the layout the product would choose, then plain multiplication. Pure.

Every figure is a `Step` with its formula and where it comes from. Called by `manage.py size`; see docs/sizing.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from timeseries.partitions import (
    DAY_S,
    MAX_ACTOR_RATE,
    MAX_PEAK_RATE,
    MAX_ROWS,
    MINUTE_S,
    choose_actor_groups,
    choose_layout,
)
from timeseries.retention import CLASSES, RetentionClass

# What a page of a stream may have to merge; beyond, decision record 0004 allows minutes only.
MAX_SHARDS = 30
MAX_STREAM_RATE = MAX_SHARDS * MAX_ROWS / MINUTE_S
MAX_LANES = 32_767
MAX_LANES_RATE = MAX_LANES * MAX_ROWS / DAY_S
MAX_PARTITION_BYTES = 100 * 10**6
FULLEST_DISK = 0.8
BUSIEST_CPU = 0.5

LAYOUT = "timeseries/partitions.py, decision record 0004"
TABLES = "timeseries/migrations/0001_tables.py"
ARITHMETIC = "arithmetic"
ASKED = "asked for"
DISK_DOCS = "DataStax, Calculating usable disk capacity: disks 50 % to 80 % full"
PARTITION_DOCS = "DataStax, Calculating partition size: below 100 MB"
NODE_DOCS = "DataStax, Capacity planning: up to 2 TB of data a node, at least 16 cores"
EXPIRY_DOCS = "Cassandra, TWCS: a file goes when all in it has expired, and gc_grace_seconds have passed"


@dataclass(frozen=True, slots=True)
class Files:
    """How a class's tables are kept: compaction window and grace in days, and their compression."""

    window_days: float
    grace_days: float
    compression: str


FILES: Mapping[str, Files] = MappingProxyType(
    {
        "days7": Files(0.25, 3, "LZ4Compressor"),
        "days90": Files(3, 10, "LZ4Compressor"),
        "days400": Files(14, 10, "ZstdCompressor"),
        "forever": Files(30, 10, "ZstdCompressor"),
    },
)

# docs/sizing.md says how these were measured.
DISK_BYTES_PER_BYTE: Mapping[str, float] = MappingProxyType({"LZ4Compressor": 0.5, "ZstdCompressor": 0.38})
STREAM_ROW_CPU_US, ACTOR_ROW_CPU_US = 27.0, 55.0
MEASURED = "measured on the stack's node, 294 B an event (docs/sizing.md)"


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in and how long it stays: the mean rate, and how much of it there is at once at the busiest."""

    events_per_s: float
    ttl_days: float
    bytes_per_event: int = 288
    actors: int = 10_000
    replication: int = 3
    peak_factor: float = 3.0
    node_cores: int = 16
    node_tb: float = 2.0

    @property
    def peak_rate(self) -> float:
        """Events a second at the busiest."""
        return self.events_per_s * self.peak_factor

    @property
    def retention(self) -> RetentionClass:
        """The class that keeps events at least as long as is asked for."""
        bounded = [each for each in CLASSES.values() if each.days is not None and each.days >= self.ttl_days]
        return min(bounded, key=lambda each: each.days or 0, default=CLASSES["forever"])

    @property
    def kept_days(self) -> float:
        """For how long they are kept: the class's days; in `forever`, until somebody removes them."""
        return self.retention.days or self.ttl_days

    @property
    def tables(self) -> int:
        """In how many tables a row stands: by stream, and by actor where events name any."""
        return 2 if self.actors else 1


@dataclass(frozen=True, slots=True)
class Step:
    """One figure, how it comes about and where from."""

    name: str
    value: float
    unit: str
    formula: str
    source: str


@dataclass(slots=True)
class Sizing:
    """The figures in order, and what is to be done where the product's own bounds are met."""

    steps: list[Step] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, formula: str, source: str = ARITHMETIC) -> float:
        """Note a figure and return it."""
        self.steps.append(Step(name, value, unit, formula, source))
        return value

    def value(self, name: str) -> float:
        """Return a figure by its name. Raises: KeyError."""
        return {step.name: step.value for step in self.steps}[name]


def size(load: Load) -> Sizing:
    """Work out layout, disk and nodes for a load.

    Raises: InvalidInput for a rate that is not above 0.
    """
    sizing = Sizing()
    _size_streams(load, sizing)
    if load.actors:
        _size_actors(load, sizing)
    _size_disk(load, sizing)
    _size_nodes(load, sizing)
    return sizing


def _size_streams(load: Load, sizing: Sizing) -> None:
    sizing.add("peak", load.peak_rate, "events/s", f"{load.events_per_s:g} * peak factor {load.peak_factor:g}", ASKED)
    streams = max(1, math.ceil(load.peak_rate / MAX_STREAM_RATE))
    why = f"peak ÷ {MAX_STREAM_RATE:,.0f}, which {MAX_SHARDS} shards of a minute take"
    sizing.add("streams", streams, "", why, LAYOUT)
    if streams > 1:
        alone = f"{choose_layout(load.peak_rate).shards:,} shards" if load.peak_rate <= MAX_PEAK_RATE else "refused"
        sizing.advice.append(
            f"One stream of {load.peak_rate:,.0f} events/s would be {alone}, and each page of it reads them all: "
            f"divide the events among {streams} streams (by tenant, region or kind), each created with "
            f"peak_rate {load.peak_rate / streams:,.0f}.",
        )
    layout = choose_layout(load.peak_rate / streams)
    sizing.add("bucket", layout.width_s, "s", "choose_layout(peak ÷ streams)", LAYOUT)
    sizing.add("shards", layout.shards, "a bucket", "choose_layout(peak ÷ streams)", LAYOUT)
    per_partition = f"bucket ÷ streams ÷ {layout.shards} shards"
    peak_rows = load.peak_rate * layout.width_s / streams / layout.shards
    sizing.add("rows a partition, peak", peak_rows, "rows", f"peak * {per_partition}")
    sizing.add("rows a partition, mean", peak_rows / load.peak_factor, "rows", f"rate * {per_partition}")
    size_bytes = sizing.add("bytes a partition, peak", peak_rows * load.bytes_per_event, "B", "rows * bytes an event")
    _advise_partition(sizing, "a partition of a stream", size_bytes)
    a_day = streams * layout.shards * DAY_S / layout.width_s
    sizing.add("partitions a day", a_day, "", f"streams * shards * {DAY_S:,} s ÷ bucket")
    listed = load.kept_days * DAY_S / layout.width_s
    sizing.add("buckets listed", listed, "rows", f"{load.kept_days:g} days * {DAY_S:,} s ÷ bucket, a stream", LAYOUT)
    sizing.add("partitions kept", a_day * (load.kept_days + 1), "", f"a day's * ({load.kept_days:g} + 1 begun day)")


def _size_actors(load: Load, sizing: Sizing) -> None:
    """Lanes are a day wide, so that the day's mean counts; all streams of a class share them."""
    needed = math.ceil(load.events_per_s * DAY_S / MAX_ROWS)
    default = load.retention.actor_groups
    fits = load.events_per_s <= MAX_LANES_RATE
    lanes = max(default, choose_actor_groups(load.events_per_s).shards) if fits else MAX_LANES
    formula = f"rate * {DAY_S:,} s ÷ {MAX_ROWS:,} rows, at least {default}, at most {MAX_LANES:,}"
    sizing.add("actor lanes", lanes, "a day", formula, LAYOUT)
    rows = load.events_per_s * DAY_S / lanes
    sizing.add("rows a lane", rows, "rows a day", f"rate * {DAY_S:,} s ÷ lanes")
    size_bytes = sizing.add("bytes a lane", rows * load.bytes_per_event, "B a day", "rows * bytes an event")
    sizing.add("events an actor", load.events_per_s * DAY_S / load.actors, "a day", "rate * a day ÷ actors, on average")
    sizing.add("lanes kept", lanes * (load.kept_days + 1), "", f"lanes * ({load.kept_days:g} + 1 begun day)")
    if not fits:
        sizing.advice.append(
            f"All actors of a class share {MAX_LANES:,} lanes at most, which take {MAX_LANES_RATE:,.0f} events/s; "
            f"{needed:,} would be needed. Name an actor in those events only that are looked for by actor, or run "
            f"{math.ceil(load.events_per_s / MAX_LANES_RATE)} keyspaces (TRIVIUM_CASSANDRA_URI) with an API each.",
        )
    elif lanes > default:
        sizing.advice.append(
            f"The class {load.retention.name} begins with {default} lanes: before the load comes, an operator calls "
            f"timeseries.services.add_actor_settings(retention={load.retention.name!r}, "
            f"peak_rate={math.ceil(load.events_per_s)}).",
        )
    sizing.advice.append(
        f"An actor of more than a few events/s gets a lane of its own ({MAX_ACTOR_RATE:,.0f}/s at most)."
    )
    _advise_partition(sizing, "a lane's day", size_bytes)


def _size_disk(load: Load, sizing: Sizing) -> None:
    name, files = load.retention.name, FILES[load.retention.name]
    sizing.add("kept", load.kept_days, "days", f"class {name}, for {load.ttl_days:g} days", "docs/events.md")
    days, formula = load.kept_days, "kept: nothing expires"
    if load.retention.days:
        days += files.window_days + files.grace_days
        formula = f"kept + window {files.window_days:g} + gc_grace {files.grace_days:g}"
    sizing.add("days on disk", days, "days", formula, f"{TABLES}; {EXPIRY_DOCS}")
    rows = sizing.add("rows", load.events_per_s * DAY_S * days, "rows", f"rate * {DAY_S:,} s * days on disk")
    factor = DISK_BYTES_PER_BYTE[files.compression]
    sizing.add(
        "disk a byte", factor, "B", f"{files.compression}, names, times and expiries of cells included", MEASURED
    )
    formula = f"rows * {load.bytes_per_event} B * disk a byte * {load.tables} tables"
    one = sizing.add("one copy", rows * load.bytes_per_event * factor * load.tables, "B", formula)
    live = sizing.add("all copies", one * load.replication, "B", f"one copy * replication {load.replication}", ASKED)
    window = live / days * files.window_days
    sizing.add("compaction", window, "B", "the newest window is written once more: all copies ÷ days * window", TABLES)
    disk = max(live + window, live / FULLEST_DISK)
    formula = f"all copies + compaction, and no disk fuller than {FULLEST_DISK:.0%}"
    sizing.add("disk", disk, "B", formula, DISK_DOCS)
    if not load.retention.days:
        sizing.advice.append(
            f"No class ends after {load.ttl_days:g} days: 'forever' keeps events until they are removed by hand, "
            "and the figures grow until then.",
        )
    elif load.kept_days > load.ttl_days:
        sizing.advice.append(f"There is no class of {load.ttl_days:g} days: {name} keeps them longer.")


def _size_nodes(load: Load, sizing: Sizing) -> None:
    cost_us = STREAM_ROW_CPU_US + (ACTOR_ROW_CPU_US if load.actors else 0)
    sizing.add("CPU an event", cost_us, "µs", "a node's, for its rows in unlogged batches", MEASURED)
    cores = load.peak_rate * load.replication * cost_us / 1e6
    sizing.add("cores writing, peak", cores, "cores", "peak * replication * CPU an event")
    formula = f"cores ÷ ({load.node_cores} a node * {BUSIEST_CPU:.0%} for writing)"
    for_cpu = sizing.add("nodes for CPU", math.ceil(cores / load.node_cores / BUSIEST_CPU), "nodes", formula, NODE_DOCS)
    formula = f"all copies ÷ {load.node_tb:g} TB a node"
    for_disk = sizing.add(
        "nodes for disk", math.ceil(sizing.value("all copies") / load.node_tb / 1e12), "nodes", formula, NODE_DOCS
    )
    nodes = max(load.replication, for_cpu, for_disk)
    sizing.add("nodes", nodes, "nodes", f"the greatest of these and of replication {load.replication}")
    sizing.add("disk a node", sizing.value("disk") / nodes, "B", "disk ÷ nodes")


def _advise_partition(sizing: Sizing, what: str, size_bytes: float) -> None:
    if size_bytes > MAX_PARTITION_BYTES:
        sizing.advice.append(
            f"{what} has {size_bytes / 1e6:,.0f} MB, over {MAX_PARTITION_BYTES / 1e6:,.0f} MB ({PARTITION_DOCS}): "
            "keep large payloads elsewhere and name them in the event.",
        )
