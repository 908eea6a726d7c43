"""The events that exporters and writers are compared on: interleaved streams, actors by Zipf, some 290 B a row.

They are the same each time: what is random follows from the seed. `fill` writes them into both tables of one class, as
the product places them but without its checks, which would take longer. Called by `events`.
"""

import json
import random
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from struct import Struct
from threading import BoundedSemaphore
from typing import Any

from cassandra.query import BatchStatement, BatchType

from core.principals import Principal
from core.times import format_time
from timeseries import services
from timeseries.directory import actor_versions, find_streams
from timeseries.events import NewEvent
from timeseries.placement import Placement, place_event
from timeseries.session import driver_session, execute_cql, prepare
from timeseries.statements import STATEMENTS

SEED = 20
STREAMS = 8
STREAM_RATE = 100.0
ACTORS = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(milliseconds=10)
EXPORTED = "forever"
COLUMNS = ("stream", "bucket", "shard", "id", "actor", "kind", "level", "payload", "client_id")
KINDS = ("view", "click", "search", "add to cart", "purchase", "log in", "log out", "refund")
LEVELS = ("debug", "info", "info", "info", "warning", "error")
# Texts that formats must escape are among them, as in real logs.
TEXTS = (
    "three disks and a book, to be sent on Monday",
    'he said "two, please" and left the shop',
    "first line\nsecond line of the note",
    "Grüße aus Zürich, 東京 and São Paulo",
    "GET /shop/basket?item=7&page=2 HTTP/1.1",
    "a path C:\\logs\\shop.txt that has backslashes",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101",
    "ShopApp/4.2.1 (Android 15; 1080x2400) okhttp/5",
    "curl/8.5.0 of the warehouse's own stock keeper",
)
BATCH_ROWS = 100
IN_FLIGHT = 16
CHUNK = 4096
LONG, INT, SHORT = Struct(">q"), Struct(">i"), Struct(">h")


@dataclass(frozen=True, slots=True)
class Row:
    """One event: the number of its stream, and what is stored."""

    stream: int
    event: NewEvent

    def as_sent(self) -> dict[str, Any]:
        """Return the event as the API takes it."""
        event = self.event
        return {
            "time": format_time(event.time),
            "actor": event.actor,
            "kind": event.kind,
            "level": event.level,
            "payload": json.loads(event.payload_json),
        }


def stream_names(prefix: str) -> list[str]:
    """Name the streams."""
    return [f"{prefix}.{number}" for number in range(STREAMS)]


def make_rows(count: int, *, start: datetime = START, seed: int = SEED) -> Iterator[Row]:
    """Make the events, the streams in turn, each stream's in order of time."""
    dice = random.Random(seed)
    weights = list(accumulate(1 / rank for rank in range(1, ACTORS + 1)))
    for first in range(0, count, CHUNK):
        numbers = range(first, min(first + CHUNK, count))
        actors = dice.choices(range(ACTORS), cum_weights=weights, k=CHUNK)
        for number, actor in zip(numbers, actors, strict=False):
            bits = dice.getrandbits(64)
            yield Row(number % STREAMS, _make_event(number, actor, bits, start + number // STREAMS * STEP))


def _make_event(number: int, actor: int, bits: int, when: datetime) -> NewEvent:
    payload = {
        "agent": AGENTS[bits % len(AGENTS)],
        "amount": (bits >> 8 & 0xFFFFF) / 100,
        "ip": f"10.{bits >> 16 & 255}.{bits >> 24 & 255}.{bits >> 32 & 255}",
        "number": number,
        "order": f"{bits:016x}",
        "path": f"/shop/{bits >> 40 & 0xFFF}/{bits >> 52}",
        "text": TEXTS[bits % len(TEXTS)],
        "took_ms": bits & 0xFFF,
    }
    return NewEvent(
        time=when + timedelta(microseconds=bits & 0x1FFF),
        payload_json=json.dumps(payload, separators=(",", ":"), ensure_ascii=False),
        actor=f"shop.customer:{actor:06}",
        kind=KINDS[bits >> 3 & 7],
        level=LEVELS[bits % 6],
    )


def ensure_streams(owner: Principal, prefix: str, retention: str) -> list[str]:
    """Make the streams that are missing; return all their names."""
    names = stream_names(prefix)
    for name in set(names) - set(find_streams(names)):
        services.create_stream(owner, name=name, retention=retention, peak_rate=STREAM_RATE)
    return names


def place_rows(names: Sequence[str], rows: Iterator[Row], *, now: datetime) -> Iterator[Placement]:
    """Find each row's partitions, as the product does."""
    streams = find_streams(names)
    versions = {each.retention: actor_versions(each.retention) for each in streams[names[0]].settings}
    for row in rows:
        yield place_event(streams[names[row.stream]], row.event, versions, now)


def empty_tables(retention: str) -> None:
    """Remove every event of a class."""
    for table in ("stream", "actor"):
        execute_cql(f"TRUNCATE events_by_{table}_{retention}")


def fill(placements: Iterator[Placement], *, retention: str, written_us: int) -> int:
    """Write rows of both tables and of the lists; return how many events. Raises: the driver's first error."""
    by_stream, by_actor = STATEMENTS[retention].insert_by_stream, STATEMENTS[retention].insert_by_actor
    writer, count = Writer(), 0
    listed: set[Hashable] = set()
    while chunk := list(islice(placements, 20 * CHUNK)):
        groups: dict[Any, list[tuple[bytes, ...]]] = defaultdict(list)
        for placement in chunk:
            for row, request in placement.list_rows.items():
                if row not in listed:
                    listed.add(row)
                    writer.write(request.cql, [request.values])
            groups[by_stream, placement.stream_key].append(stream_values(placement, written_us))
            groups[by_actor, (placement.actor_key or ())[:2]].append(actor_values(placement, written_us))
        for (cql, _), rows in groups.items():
            writer.write(cql, rows)
        count += len(chunk)
    writer.wait()
    return count


def stream_values(placement: Placement, written_us: int) -> tuple[bytes, ...]:
    """Return the values of the stream's row as they go over the wire."""
    stream, bucket, shard = placement.stream_key
    key = (stream.encode(), LONG.pack(bucket), SHORT.pack(shard))
    return (*key, placement.id.bytes, placement.event.actor.encode(), *_rest(placement, written_us))


def actor_values(placement: Placement, written_us: int) -> tuple[bytes, ...]:
    """Return the values of the actor's row as they go over the wire."""
    lane, bucket, actor = placement.actor_key or ("", 0, "")
    key = (lane.encode(), LONG.pack(bucket), actor.encode())
    return (*key, placement.id.bytes, placement.stream.encode(), *_rest(placement, written_us))


def _rest(placement: Placement, written_us: int) -> tuple[bytes, ...]:
    event = placement.event
    texts = (event.kind, event.level, event.payload_json, event.client_id)
    return (*(text.encode() for text in texts), INT.pack(placement.ttl_s), LONG.pack(written_us))


class Writer:
    """Unlogged batches of one partition, so many in flight; `write` waits for room."""

    def __init__(self) -> None:
        self._room = BoundedSemaphore(IN_FLIGHT)
        self._failures: list[Exception] = []

    def write(self, cql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows: of bytes as they go over the wire, or of values, which the driver makes into such."""
        statement = prepare(cql)
        for at in range(0, len(rows), BATCH_ROWS):
            batch = BatchStatement(BatchType.UNLOGGED)
            for row in rows[at : at + BATCH_ROWS]:
                if isinstance(row[-1], bytes):
                    batch._statements_and_parameters.append((True, statement.query_id, row))  # noqa: SLF001 - to fill fast
                else:
                    batch.add(statement, row)
            self._room.acquire()
            driver_session().execute_async(batch).add_callbacks(lambda _: self._room.release(), self._fail)

    def wait(self) -> None:
        """Wait for what is in flight. Raises: the first error."""
        for _ in range(IN_FLIGHT):
            self._room.acquire()
        if self._failures:
            raise self._failures[0]

    def _fail(self, error: Exception) -> None:
        self._failures.append(error)
        self._room.release()
