"""What one slice of a scan is: a range of tokens of one class's table, or a list of partitions in it. Pure.

Slices travel as JSON in jobs and manifests. Called by `plans`, `queries` and `exports/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from timeseries.retention import retention_class

LOWEST_TOKEN, HIGHEST_TOKEN = -(1 << 63), (1 << 63) - 1
PartitionKey = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of `low` < token <= `high` in the stream table of a retention class.

    With `partitions` (stream, bucket, shard), in the order of their tokens, only those are read, one after the other.
    """

    retention: str
    low: int
    high: int
    partitions: tuple[PartitionKey, ...] | None = None

    @property
    def table(self) -> str:
        """The table's name, without its keyspace."""
        return f"events_by_stream_{self.retention}"

    def as_json(self) -> dict[str, Any]:
        """Return the slice as JSON has it."""
        partitions = None if self.partitions is None else [list(key) for key in self.partitions]
        return {"retention": self.retention, "low": self.low, "high": self.high, "partitions": partitions}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Slice":
        """Read what `as_json` returned. Raises: InvalidInput for anything else."""
        try:
            listed = raw["partitions"]
            partitions = None if listed is None else tuple(_key(each) for each in listed)
            return cls(retention_class(raw["retention"]).name, _token(raw["low"]), _token(raw["high"]), partitions)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"no slice of a scan: {error!r}", path="slices") from error


def _token(value: Any) -> int:
    if type(value) is not int or not LOWEST_TOKEN <= value <= HIGHEST_TOKEN:
        raise ValueError(f"{value!r} is no token")
    return value


def _key(value: Any) -> PartitionKey:
    stream, bucket, shard = value
    if not (type(stream) is str and type(bucket) is int and type(shard) is int):
        raise ValueError(f"{value!r} is no partition")
    return stream, bucket, shard
