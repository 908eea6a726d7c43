"""Times as files write them, made UTC: formats, time zones, and years that the lines do not have.

Called by the targets. Rules: a local time that comes twice (clocks put back) is the first of the two; one that never
was (clocks put forward) is refused.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from imports.values import scalar_text

HALF_A_YEAR = timedelta(days=183)
LEAP_YEAR = "2000"
ISO_FORMAT = "iso"
NO_YEAR = "the lines have no year: give it with --year"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_UNITS = {
    "epoch_s": timedelta(seconds=1),
    "epoch_ms": timedelta(milliseconds=1),
    "epoch_us": timedelta(microseconds=1),
}


def zone_by_name(name: str) -> ZoneInfo:
    """Return a time zone of the IANA list.

    Raises: InvalidInput for a name that is not in it.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(f"there is no time zone {name!r}: write an IANA name such as Europe/Berlin") from error


class LocalClock:
    """Reads times of one data set in order; remembers the last one, which years are told by.

    Without `roll_over` every line lies in `year`. With it `year` is that of the first line, and every next line lies in
    the year that brings it nearest to the line before: a step from December to January raises the year, a late December
    line after it lowers it again. A gap of more than half a year in such a log cannot be told from a step back.
    """

    def __init__(self, zone: ZoneInfo, *, year: int | None = None, roll_over: bool = False) -> None:
        if year is not None and not 1 <= year <= 9999:
            raise InvalidInput(f"the year {year} is not between 1 and 9999")
        self._zone = zone
        self._year = year
        self._roll_over = roll_over
        self._previous: datetime | None = None
        self.jumps = 0

    def check_year(self) -> None:
        """Check that lines without a year can be read.

        Raises: InvalidInput when no year was given.
        """
        if self._year is None:
            raise InvalidInput(NO_YEAR)

    def read(self, text: str, time_format: str, *, lacks_year: bool = False) -> datetime:
        """Read a time as UTC: `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, or strptime's directives.

        Raises: InvalidInput for what is no such time, never was on local clocks, or lies outside the years 1 to 9999.
        """
        try:
            return self._utc(self._parse(text, time_format, lacks_year=lacks_year))
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"{text[:40]!r} is no time of the form {time_format}") from error

    def read_any(self, value: Any, time_format: str) -> datetime:
        """Read a time that may already be one, as BSON and Extended JSON have them, or a whole number.

        Raises: InvalidInput as `read` does.
        """
        return (
            value.astimezone(UTC) if isinstance(value, datetime) else self.read(scalar_text(value, "time"), time_format)
        )

    def _parse(self, text: str, time_format: str, *, lacks_year: bool) -> datetime:
        if time_format == ISO_FORMAT:
            return datetime.fromisoformat(text)
        if time_format in EPOCH_UNITS:
            return EPOCH + int(text) * EPOCH_UNITS[time_format]
        if lacks_year:
            return self._with_year(datetime.strptime(f"{LEAP_YEAR} {text}", f"%Y {time_format}"))  # noqa: DTZ007 - _utc adds the zone
        return datetime.strptime(text, time_format)  # noqa: DTZ007 - _utc adds the zone

    def _with_year(self, value: datetime) -> datetime:
        if self._year is None:
            raise InvalidInput(NO_YEAR)
        previous = self._previous
        if previous is None or not self._roll_over:
            dated = value.replace(year=self._year)
        else:
            dated = min(_in_years_around(value, previous.year), key=lambda moment: abs(moment - previous))
        if previous is not None and abs(dated - previous) > HALF_A_YEAR:
            self.jumps += 1
        self._previous = dated
        return dated

    def _utc(self, value: datetime) -> datetime:
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        moment = value.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        if moment.astimezone(self._zone).replace(tzinfo=None, fold=0) != value:
            raise InvalidInput(f"{value} never was in {self._zone.key}: the clocks were put forward; see --time-zone")
        return moment


def _in_years_around(value: datetime, year: int) -> list[datetime]:
    """Return the moment in the years around one; 29 February only in those that have it."""
    moments = []
    for candidate in (year, year + 1, year - 1):
        try:
            moments.append(value.replace(year=candidate))
        except ValueError:
            continue
    if not moments:
        raise ValueError("no year has this day")
    return moments
