"""Exports of events (docs/exports.md)."""

from decouple import config

from settings.casts import positive_seconds

# So late an event may be stored: an export of a range that ended longer ago than this is the same whenever it is made.
EVENTS_LATENESS_S = config("TRIVIUM_EVENTS_LATENESS_S", default=3600.0, cast=positive_seconds)
