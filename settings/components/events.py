"""The event log: its compiled parts."""

from decouple import config

# auto: where the C library was built; yes: not without it; no: the portable, slower way.
NATIVE = config("TRIVIUM_NATIVE", default="auto")
