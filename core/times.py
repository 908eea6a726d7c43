"""Time is UTC with microseconds, everywhere. Reading and writing it as text and as a count of microseconds."""

from datetime import UTC, datetime, timedelta

from core.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def parse_time(text: str, *, path: str = "") -> datetime:
    """Read an RFC 3339 time with its offset as UTC.

    Raises: InvalidInput when the text is no time, has no offset or is out of range.
    """
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            raise InvalidInput(f"the time {text[:40]!r} has no offset: end it with Z or +HH:MM", path=path)
        return value.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{text[:40]!r} is no time: write 2026-01-31T12:00:00Z", path=path) from error


def format_time(value: datetime) -> str:
    """Write a UTC time as RFC 3339 with six digits of microseconds and Z."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def to_microseconds(value: datetime) -> int:
    """Count microseconds since 1970; negative before."""
    return (value - EPOCH) // MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Return the UTC time that many microseconds after 1970.

    Raises: OverflowError outside the years 1 to 9999.
    """
    return EPOCH + timedelta(microseconds=count)
