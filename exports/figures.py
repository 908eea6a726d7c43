"""The figures of an export under way: what the bar, the lines and the job show. Called by `running`."""

import time
from dataclasses import dataclass, field

MB = 1_000_000


@dataclass(slots=True)
class Figures:
    """Rows and bytes so far, those of former runs included, and how much of the plan is read (0 to 1)."""

    rows: int = 0
    bytes: int = 0
    share: float = 0.0
    former_rows: int = 0
    began_s: float = field(default_factory=time.monotonic)

    @property
    def rows_per_s(self) -> float:
        """The rate of this run."""
        return (self.rows - self.former_rows) / max(time.monotonic() - self.began_s, 1e-3)

    @property
    def remaining_s(self) -> float | None:
        """The seconds left, as far as the plan tells."""
        elapsed_s = time.monotonic() - self.began_s
        return elapsed_s * (1 - self.share) / self.share if self.share > 0.01 else None

    def __str__(self) -> str:
        return f"{self.rows:,} rows, {self.rows_per_s:,.0f} rows/s, {self.bytes / MB:,.1f} MB, {self.share:.0%}"

    def as_json(self) -> dict[str, float]:
        """Return them as a job shows them."""
        figures = {
            "rows": self.rows,
            "bytes": self.bytes,
            "rate": round(self.rows_per_s, 1),
            "share": round(self.share, 4),
        }
        return figures if self.remaining_s is None else figures | {"eta_s": round(self.remaining_s, 1)}
