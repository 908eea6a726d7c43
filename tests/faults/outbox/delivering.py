"""Relays in forked children: with short leases, and with topics of a test's own."""

from operations.relay import Relay
from operations.relay.loop import Pace
from operations.relay.topics import TOPICS

PACE = Pace(lease_s=1.0, poll_s=0.02, max_attempts=3)


def drain(topics=TOPICS, *, pace=PACE, name="a child"):
    relay = Relay(name, pace, topics)
    relay.drain()
    return relay


def drain_for_ever(topics=TOPICS, *, pace=PACE):
    while True:
        drain(topics, pace=pace, name="to be killed")
