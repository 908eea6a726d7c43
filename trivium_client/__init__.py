"""Sends events to a Trivium server so that none is lost: batches, a spool on disk, retries under the same ids.

It needs nothing but Python's standard library, knows no room of the server, and may be copied out of this repository
as it is. Begin at `EventSender`; docs/sending-events.md is its page.
"""

from trivium_client.errors import InvalidEvent, NotAccepted, NotDelivered, SendingError, SpoolFull, SpoolInUse
from trivium_client.sender import EventSender

__all__ = ["EventSender", "InvalidEvent", "NotAccepted", "NotDelivered", "SendingError", "SpoolFull", "SpoolInUse"]
