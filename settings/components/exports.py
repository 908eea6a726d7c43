"""Exports of events (docs/exports.md)."""

from decouple import Csv, config

from settings.casts import positive_integer, positive_seconds, whole_number

# So late an event may be stored: an export of a range that ended longer ago than this is the same whenever it is made.
EVENTS_LATENESS_S = config("TRIVIUM_EVENTS_LATENESS_S", default=3600.0, cast=positive_seconds)
# Into so many jobs an export is split at most, for all workers to take up.
EXPORT_TASKS = config("TRIVIUM_EXPORT_TASKS", default=4, cast=whole_number(1, 64))
# Below these addresses operators may let jobs write, beside the folder of each job.
EXPORT_TARGETS = config("TRIVIUM_EXPORT_TARGETS", default="", cast=Csv())
# Exports that a live process sends at once, and of these one caller's; one that nobody takes for so long is given up.
EXPORT_STREAMS = config("TRIVIUM_EXPORT_STREAMS", default=4, cast=positive_integer)
EXPORT_STREAMS_PER_CALLER = config("TRIVIUM_EXPORT_STREAMS_PER_CALLER", default=2, cast=positive_integer)
EXPORT_STALLED_S = config("TRIVIUM_EXPORT_STALLED_S", default=60.0, cast=positive_seconds)
# A saved export begins so much before the last one began: clocks differ, and writes were on their way then.
EXPORT_OVERLAP_S = config("TRIVIUM_EXPORT_OVERLAP_S", default=900.0, cast=positive_seconds)
# What pseudonyms are made with; without one they follow from the secret key, and change with it.
PSEUDONYM_KEY = config("TRIVIUM_PSEUDONYM_KEY", default="")
