"""The process of answers that stay open (docs/live.md); `settings.live` lays the rest of what it needs over these."""

from decouple import config

from settings.casts import positive_integer, positive_seconds

LIVE = {
    "max_listeners": config("TRIVIUM_LIVE_MAX_LISTENERS", default=1000, cast=positive_integer),
    "max_listeners_per_caller": config("TRIVIUM_LIVE_MAX_LISTENERS_PER_CALLER", default=20, cast=positive_integer),
    # What waits for one slow listener.
    "buffer_bytes": config("TRIVIUM_LIVE_BUFFER_BYTES", default=4_194_304, cast=positive_integer),
    "poll_s": config("TRIVIUM_LIVE_POLL_S", default=0.5, cast=positive_seconds),
    "look_back_s": config("TRIVIUM_LIVE_LOOK_BACK_S", default=5.0, cast=positive_seconds),
    "heartbeat_s": config("TRIVIUM_LIVE_HEARTBEAT_S", default=15.0, cast=positive_seconds),
}
