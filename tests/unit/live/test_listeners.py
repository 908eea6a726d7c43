"""What waits for one connection is bounded, and let go of when nobody takes it."""

import asyncio
from uuid import uuid4

from live import listeners
from live.limits import LIMITS
from live.listeners import Listener
from live.messages import SHUTTING_DOWN, TOO_SLOW, Message


def message(size):
    return Message(uuid4(), b"x" * size)


def test_who_has_more_waiting_than_the_bound_is_ended_and_given_no_more():
    async def scenario():
        listener = Listener()
        pages = [message(LIMITS.buffer_bytes), message(1), message(1), message(1)]
        for page in pages:
            listener.give([page])
        assert listener.end == TOO_SLOW
        listener.finish(SHUTTING_DOWN)
        assert listener.end == TOO_SLOW, "the first reason stays"
        assert await listener.take(1) == pages[:2]
        listener.close()

    asyncio.run(scenario())


def test_what_nobody_takes_is_let_go_of_after_the_end(monkeypatch):
    async def scenario():
        monkeypatch.setattr(listeners, "PATIENCE_S", 0.0)
        listener = Listener()
        listener.give([message(1)])
        listener.finish(SHUTTING_DOWN)
        await asyncio.sleep(0.01)
        assert await listener.take(1) == []

    asyncio.run(scenario())


def test_how_long_a_piece_waits_is_known_while_it_does():
    async def scenario():
        listener = Listener()
        assert listener.waits_s() == 0
        listener.note_handed(is_taken=False)
        await asyncio.sleep(0.01)
        assert listener.waits_s() > 0
        listener.note_handed(is_taken=True)
        assert listener.waits_s() == 0

    asyncio.run(scenario())
