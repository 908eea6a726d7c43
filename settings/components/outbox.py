"""The outbox and the relays that deliver it (docs/outbox.md)."""

from decouple import config

from settings.casts import positive_seconds

# A message that fails so often is dead and waits for an operator; a store that is away does not count.
OUTBOX_MAX_ATTEMPTS = config("TRIVIUM_OUTBOX_MAX_ATTEMPTS", default=10, cast=int)
OUTBOX_KEPT_S = config("TRIVIUM_OUTBOX_KEPT_S", default=604_800.0, cast=positive_seconds)
RELAY_LEASE_S = config("TRIVIUM_RELAY_LEASE_S", default=30.0, cast=positive_seconds)
RELAY_POLL_S = config("TRIVIUM_RELAY_POLL_S", default=0.2, cast=positive_seconds)
