"""What a caller demands of a thing before it is written: RFC 9110's If-Match and If-None-Match, below the web.

A tag names one state of one thing: its version, and when it was created, so that a later thing of the same name has
other tags. Made by `api/preconditions`; held by services against what they are about to replace.
"""

from dataclasses import dataclass
from datetime import datetime

from core.errors import PreconditionFailed
from core.times import to_microseconds

ANYTHING = "*"


def tag_of(version: int, created: datetime) -> str:
    """Return the tag of a version of a thing, without quotes."""
    return f"{version}.{to_microseconds(created):x}"


@dataclass(frozen=True, slots=True)
class Precondition:
    """Tags of which the present one must be one, or none; None demands nothing, ANYTHING stands for every tag."""

    one_of: frozenset[str] | None = None
    none_of: frozenset[str] | None = None

    @property
    def demands_nothing(self) -> bool:
        """Tell whether every state is right."""
        return self.one_of is None and self.none_of is None

    def check(self, tag: str | None) -> None:
        """Hold the present tag (None: there is no such thing) against what is demanded.

        Raises: PreconditionFailed.
        """
        if self.one_of is not None and not _names(self.one_of, tag):
            raise PreconditionFailed("it is no longer as If-Match says: read it again and decide anew")
        if self.none_of is not None and _names(self.none_of, tag):
            raise PreconditionFailed("it is there already, as If-None-Match forbids")


def _names(tags: frozenset[str], tag: str | None) -> bool:
    return tag is not None and (ANYTHING in tags or tag in tags)


UNCONDITIONAL = Precondition()
