"""What a benchmark found: a claim's arithmetic, its JSON and its table. Filled by the claims, shown by `__main__`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Bar:
    """What ours divided by theirs has to be: at most so much, or at least so much."""

    at_most: float | None = None
    at_least: float | None = None

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio is within the bar."""
        is_low_enough = self.at_most is None or ratio <= self.at_most
        return is_low_enough and (self.at_least is None or ratio >= self.at_least)

    def __str__(self) -> str:
        limits = [("≤", self.at_most), ("≥", self.at_least)]
        return " and ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None) or "reported"


REPORTED = Bar()
"""No bar: the figure is told, nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line: ours and theirs in one unit; either both figures, or the reason why there are none."""

    work: str
    unit: str
    against: str
    bar: Bar = REPORTED
    ours: float | None = None
    theirs: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by theirs; None when one was not measured."""
        if self.ours is None or not self.theirs:
            return None
        return self.ours / self.theirs

    @property
    def holds(self) -> bool | None:
        """Tell whether the bar holds; None when there is no bar or no figure."""
        if self.ratio is None or self.bar == REPORTED:
            return None
        return self.bar.holds(self.ratio)

    def plain(self) -> dict[str, Any]:
        """Return the members that are written as JSON; `reason` only where something was not measured."""
        return {
            "work": self.work,
            "unit": self.unit,
            "ours": _rounded(self.ours),
            "against": self.against,
            "theirs": _rounded(self.theirs),
            "ratio": _rounded(self.ratio),
            "bar": str(self.bar),
            "holds": self.holds,
            **({"reason": self.reason} if self.reason else {}),
        }


def write_results(name: str, results: Sequence[Result], *, folder: Path = RESULTS) -> Path:
    """Write a claim's results as `NAME.json` and return where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    text = json.dumps([result.plain() for result in results], indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def results_table(name: str, results: Sequence[Result]) -> Table:
    """Lay results out for a terminal."""
    table = Table("work", "unit", "ours", "against", "theirs", "ours ÷ theirs", "bar", "holds", title=name, box=SIMPLE)
    for result in results:
        figures = result.plain()
        verdict = {True: "yes", False: "NO", None: result.reason or "-"}[result.holds]
        shown = ("work", "unit", "ours", "against", "theirs", "ratio", "bar")
        table.add_row(*("-" if figures[key] is None else str(figures[key]) for key in shown), verdict)
    return table


def _rounded(figure: float | None) -> float | None:
    """Keep three digits or the whole number: more would be noise."""
    if figure is None:
        return None
    return float(f"{figure:.3g}") if abs(figure) < 1000 else round(figure)
