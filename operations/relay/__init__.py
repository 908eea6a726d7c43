"""The relay: delivers what the outbox tells to the stores that it concerns. Called by `manage.py relay`."""

from operations.relay.loop import Relay

__all__ = ["Relay"]
