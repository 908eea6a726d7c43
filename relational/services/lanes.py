"""Lanes of the outbox under leases: which relay delivers which keys. Called by `operations.relay`.

A lane is one relay's at a time, until its lease expires. Relays share the lanes evenly: each reports that it runs,
holds at most its share, and gives back what is over when another comes.
"""

from uuid import UUID

from django.db import connections, transaction

from relational.services.outbox import LANES
from relational.translation import STORE, translated_errors

MAKE_LANES = "INSERT INTO relational_outboxlane (lane) SELECT generate_series(0, %s - 1) ON CONFLICT DO NOTHING"
REPORT = """
INSERT INTO relational_outboxrelay (id, name, expires) VALUES (%s, %s, now() + make_interval(secs => %s))
ON CONFLICT (id) DO UPDATE SET expires = EXCLUDED.expires
"""
FORGET_GONE = """
DELETE FROM relational_outboxrelay WHERE id IN (
  SELECT id FROM relational_outboxrelay WHERE expires <= now() FOR UPDATE SKIP LOCKED)
"""
HOLD = """
WITH share AS (
  SELECT ceil(%(lanes)s / count(*)::numeric)::int AS size FROM relational_outboxrelay WHERE expires > now()
), own AS (
  SELECT lane FROM relational_outboxlane WHERE holder = %(relay)s
  ORDER BY lane LIMIT (SELECT size FROM share) FOR UPDATE SKIP LOCKED
), free AS (
  SELECT lane FROM relational_outboxlane
  WHERE holder IS NULL OR (expires <= now() AND holder <> %(relay)s)
  ORDER BY lane LIMIT (SELECT size FROM share) - (SELECT count(*) FROM own) FOR UPDATE SKIP LOCKED
)
UPDATE relational_outboxlane SET holder = %(relay)s, expires = now() + make_interval(secs => %(lease_s)s)
WHERE lane IN (SELECT lane FROM own UNION ALL SELECT lane FROM free) RETURNING lane
"""
GIVE_BACK = "UPDATE relational_outboxlane SET holder = NULL, expires = NULL WHERE holder = %s AND lane <> ALL(%s)"
LEAVE = "DELETE FROM relational_outboxrelay WHERE id = %s"


def claim_lanes(relay: UUID, *, name: str, lease_s: float) -> list[int]:
    """Hold a fair share of the lanes for `lease_s` seconds from now and return them, sorted.

    Renews what the relay holds, takes what is free or expired up to its share, gives back what is over. To be called
    well before the lease ends, and never while messages of the lanes are being delivered.

    Raises: StoreUnavailable, StoreTimeout, OutcomeUnknown.
    """
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(MAKE_LANES, [LANES])
        cursor.execute(FORGET_GONE)
        cursor.execute(REPORT, [relay, name, lease_s])
        cursor.execute(HOLD, {"lanes": LANES, "relay": relay, "lease_s": lease_s})
        held = sorted(lane for (lane,) in cursor.fetchall())
        cursor.execute(GIVE_BACK, [relay, held])
        return held


def release_lanes(relay: UUID) -> None:
    """Give back every lane and sign off, so that others need not wait for the lease. Raises: StoreError."""
    with translated_errors(writes=True), transaction.atomic(using=STORE), connections[STORE].cursor() as cursor:
        cursor.execute(GIVE_BACK, [relay, []])
        cursor.execute(LEAVE, [relay])
