"""The relay's loop: hold lanes, take what is due there, deliver it, write down what became of it.

One thread, one batch in hand; several relays share the lanes (`relational.services.lanes`). Nothing here needs a lease
to be true: handlers are idempotent and what they store is guarded by identity or sequence, so a relay that was paused
and delivers late changes nothing. Leases only keep two relays from doing the same work.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.crashes import crash_point
from core.errors import StoreError, StoreUnavailable
from core.ids import new_id
from operations.relay.delivery import Delivery, deliver_messages
from operations.relay.outcomes import LONGEST_PAUSE_S, wait_s
from operations.relay.topics import TOPICS, Topic
from relational import selectors, services
from relational.connections import bounded_waits
from relational.rows import MessageRow
from relational.services.deliveries import MAX_PRUNED
from relational.services.idempotency import PRUNED_ROWS
from relational.services.outbox import LANES

logger = logging.getLogger(__name__)

BATCH = 1000
# How long an answer of PostgreSQL is waited for.
POSTGRESQL_WAIT_S = 10.0
RENEWALS_PER_LEASE = 6
PRUNE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a lease holds, how often an idle relay looks, what kills a message, how long delivered ones are kept."""

    lease_s: float = 30.0
    poll_s: float = 0.2
    max_attempts: int = 10
    kept_s: float = 604_800.0


@dataclass(slots=True)
class _Away:
    """A store that is away: how often in a row, and until when (monotonic) it is left alone."""

    times: int
    until_s: float


@dataclass(slots=True)
class Relay:
    """One relay; `run` until told to stop, or `drain` what is due."""

    name: str
    pace: Pace = field(default_factory=Pace)
    topics: Mapping[str, Topic] = field(default_factory=lambda: TOPICS)
    id: UUID = field(default_factory=new_id)
    delivered: int = 0
    _lanes: list[int] = field(default_factory=list)
    _renew_at_s: float = 0.0
    _prune_at_s: float = 0.0
    _away: dict[str, _Away] = field(default_factory=dict)
    _is_known: bool = False

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; the batch in hand is finished, and the lanes are given back."""
        failures = 0
        try:
            while not stop.is_set():
                try:
                    is_idle = not self.deliver_due()
                    failures = 0
                except StoreError as error:
                    is_idle, failures = True, failures + 1
                    self._renew_at_s = 0.0
                    logger.warning("the outbox cannot be read or written: %s", error.message)
                if is_idle:
                    stop.wait(wait_s(failures, longest_s=LONGEST_PAUSE_S) if failures else self.pace.poll_s)
        finally:
            self._give_back()

    def drain(self) -> None:
        """Deliver until nothing is due in any lane: what another relay holds is waited for.

        What waits for its time is left, and so is what a store that is away should get.

        Raises: StoreError of PostgreSQL; StoreUnavailable when something is left because a store is away.
        """
        try:
            while self.deliver_due() or self._is_any_due():
                pass
        finally:
            self._give_back()
        if self._away:
            raise StoreUnavailable(f"left for later: {', '.join(self._away)}", store="")

    def deliver_due(self) -> int:
        """Deliver one batch and return how many messages were taken in hand. Raises: StoreError of PostgreSQL."""
        with bounded_waits(POSTGRESQL_WAIT_S):
            self._hold_lanes()
            messages = self._due([name for name in self.topics if self._is_awake(name)], self._lanes, limit=BATCH)
        if messages:
            crash_point("relay.batch_taken")
            self._deliver(messages)
        return len(messages)

    def _deliver(self, messages: Sequence[MessageRow]) -> None:
        """Deliver topic by topic and write each down at once: those of a store that is silent hold up no others.

        Stores that were away last time come last; a store that turns out to be away is not asked again in the batch.
        """
        names = dict.fromkeys(message.topic for message in messages)
        for name in sorted(names, key=lambda name: self.topics[name].store in self._away):
            if self._is_awake(name):
                chosen = [message for message in messages if message.topic == name]
                away = self._away.get(self.topics[name].store)
                times = away.times if away else 0
                delivery = deliver_messages(chosen, self.topics[name], max_attempts=self.pace.max_attempts, away=times)
                self._settle(delivery, self.topics[name].store)

    def _hold_lanes(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._renew_at_s:
            self._lanes = services.claim_lanes(self.id, name=self.name, lease_s=self.pace.lease_s)
            self._is_known = True
            self._renew_at_s = now_s + self.pace.lease_s / RENEWALS_PER_LEASE
            crash_point("relay.lanes_held")
        if now_s >= self._prune_at_s:
            self._prune(now_s)

    def _prune(self, now_s: float) -> None:
        """Delete a portion of what is old; when there was a whole one, the next round deletes the next."""
        messages = services.prune_messages(older_than_s=self.pace.kept_s)
        answers = services.prune_answers()
        if messages < MAX_PRUNED and answers < PRUNED_ROWS:
            services.prune_tokens()
            self._prune_at_s = now_s + PRUNE_EVERY_S

    def _due(self, topics: Sequence[str], lanes: Sequence[int], *, limit: int) -> list[MessageRow]:
        runs = [name for name in topics if self.topics[name].in_runs]
        return selectors.due_messages(lanes, topics=topics, runs=runs, limit=limit)

    def _is_awake(self, name: str) -> bool:
        away = self._away.get(self.topics[name].store)
        return away is None or away.until_s <= time.monotonic()

    def _settle(self, delivery: Delivery, store: str) -> None:
        with bounded_waits(POSTGRESQL_WAIT_S):
            services.settle_messages(self.id, delivered=delivery.delivered, setbacks=delivery.setbacks)
        crash_point("relay.topic_settled")
        self.delivered += len(delivery.delivered)
        away = self._away.pop(store, None)
        if delivery.away:
            times = away.times + 1 if away else 1
            self._away[store] = _Away(times, time.monotonic() + wait_s(times, longest_s=LONGEST_PAUSE_S))
            logger.warning("what %s should get is put off: %s", store, delivery.away)

    def _is_any_due(self) -> bool:
        """Look in all lanes, after a pause; for what a store that is away should get nobody waits."""
        time.sleep(self.pace.poll_s)
        with bounded_waits(POSTGRESQL_WAIT_S):
            awake = [name for name, topic in self.topics.items() if topic.store not in self._away]
            return bool(self._due(awake, range(LANES), limit=1))

    def _give_back(self) -> None:
        if not self._is_known:
            return
        try:
            with bounded_waits(POSTGRESQL_WAIT_S):
                services.release_lanes(self.id)
            crash_point("relay.lanes_released")
        except StoreError as error:
            logger.warning("the lanes stay taken until the lease ends: %s", error.message)
