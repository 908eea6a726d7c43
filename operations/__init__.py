"""What concerns several stores: their health, the outbox's relay, and the writes that it tells of."""
