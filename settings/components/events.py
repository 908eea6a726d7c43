"""The event log: its compiled parts, and how much an owner may store."""

from decouple import config

from settings.casts import whole_number

# auto: where the C library was built; yes: not without it; no: the portable, slower way.
NATIVE = config("TRIVIUM_NATIVE", default="auto")
# Payload bytes of all events of an owner's streams; 0: as many as there are. An owner may have a limit of its own.
EVENTS_BYTES_PER_OWNER = config("TRIVIUM_EVENTS_BYTES_PER_OWNER", default=0, cast=whole_number(0, (1 << 63) - 1))
