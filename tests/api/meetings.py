"""Races that happen every time: two threads are both past a check before either goes on, unless a lock is between."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

from django.db import connection

MEET_WITHIN_S = 1.0


def let_meet(monkeypatch, module, name, *, within_s=MEET_WITHIN_S):
    """After a function of a module, let two threads wait for each other; who comes alone goes on after a second.

    Two that met, or one that came alone, end it: nobody waits after them.
    """
    barrier, check = Barrier(2), getattr(module, name)

    def check_and_meet(*args, **options):
        result = check(*args, **options)
        with suppress(BrokenBarrierError):
            barrier.wait(within_s)
        barrier.abort()
        return result

    monkeypatch.setattr(module, name, check_and_meet)


def at_once(*functions):
    """Call functions at once, each on a thread and connection of its own; return what they returned, sorted."""

    def call(function):
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return sorted(pool.map(call, functions))
