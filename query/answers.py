"""What a mixed read gives: frozen structures that `api/` renders; rows are the stores' own frozen rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relational.rows import UserRow


@dataclass(frozen=True, slots=True)
class Reached:
    """One item: the store's row, its part (book, collection, stream) and the names of the links that led to it."""

    part: str
    row: Any
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expanded:
    """The items of one expansion of one user, in the order asked for; `has_more` when the limit cut some off."""

    items: tuple[Reached, ...] = ()
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing from an expansion, of every user of the answer, and why.

    `source` is the store that did not answer (`default`, `documents`, `timeseries`), `code` an error's code of
    core.errors, `links` the names of the links that could not be followed.
    """

    source: str
    expansion: str
    code: str
    message: str
    retryable: bool
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchTiming:
    """When a store was asked, in ms from the start of the answer, and how long it took to answer or fail."""

    source: str
    wave: int
    started_ms: float
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class MixedUser:
    """A user and what was expanded, by resource; None where the resource's own store did not answer."""

    user: UserRow
    expanded: Mapping[str, Expanded | None]


@dataclass(frozen=True, slots=True)
class MixedAnswer:
    """Users in the order asked for, what is missing, and who was asked when; `as_of` is when reading began."""

    users: tuple[MixedUser, ...]
    gaps: tuple[Gap, ...]
    batches: tuple[BatchTiming, ...]
    as_of: datetime

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.gaps
