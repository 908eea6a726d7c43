"""How far a job is: what its handler reported, with the rate and the time that is left. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

COUNTED = ("rows", "done")
SPEEDS = ("rate", "eta_s")
NUMBERS = frozenset({"rows", "bytes", "done", "total", "share", *SPEEDS})


@dataclass(slots=True)
class Progress:
    """What an attempt reports: each value replaces what it was.

    `rows`, `bytes`, `done` of `total` parts, `share` of all the work (0 to 1), `text`, and what the kind likes.
    `rate` (rows a second) and `eta_s` (seconds that are left) are of this attempt alone, unless they are reported.
    """

    started_s: float
    reported: dict[str, Any] = field(default_factory=dict)
    _first: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Begin where the attempt before ended, but with a speed of its own."""
        self.reported = {name: value for name, value in self.reported.items() if name not in SPEEDS}
        self._first = {name: float(self.reported.get(name, 0)) for name in COUNTED}

    def take(self, values: Mapping[str, Any]) -> None:
        """Take what a handler reports; what is None is not known. Raises: TypeError for a number that is none."""
        known = {name: value for name, value in values.items() if value is not None}
        if wrong := [name for name in NUMBERS & known.keys() if not isinstance(known[name], (int, float))]:
            raise TypeError(f"{wrong[0]} of a job's progress is a number")
        self.reported.update(known)

    def at(self, now_s: float) -> dict[str, Any]:
        """Return what is written down at a moment of the same clock as `started_s`."""
        taken_s = now_s - self.started_s
        if taken_s <= 0:
            return dict(self.reported)
        rate = self._since("rows") / taken_s
        done = self._since("done")
        left = self.reported.get("total", 0) - self.reported.get("done", 0)
        known = {"rate": round(rate, 1)} if rate > 0 else {}
        if done > 0 and left >= 0:
            known["eta_s"] = round(taken_s * left / done, 1)
        return {**known, **self.reported}

    def _since(self, name: str) -> float:
        """Return by how much a number grew in this attempt."""
        return float(self.reported.get(name, 0)) - self._first[name]
