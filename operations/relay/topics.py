"""Which handler delivers which topic: one table. Read by the loop.

A handler takes messages of its topic, by id, and returns an outcome for each, in their order. It must be idempotent:
the same message comes again whenever a relay died before it could say that it was delivered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from operations.relay.handlers.collections import deliver_changes
from operations.relay.handlers.ledger import deliver_postings
from operations.relay.handlers.profiles import deliver_profiles
from operations.relay.handlers.summaries import deliver_summaries
from operations.relay.outcomes import Outcome
from relational.rows import MessageRow

Handler = Callable[[Sequence[MessageRow]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is delivered, and to which store, so that one that is away is not asked for each of its topics.

    `in_runs`: several messages of one key at once, of which the handler tells the last.
    """

    name: str
    deliver: Handler
    store: str
    in_runs: bool = False


TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        topic.name: topic
        for topic in (
            Topic("transaction.posted", deliver_postings, "timeseries"),
            Topic("owner.summarised", deliver_summaries, "documents", in_runs=True),
            Topic("user.registered", deliver_profiles, "documents"),
            Topic("user.changed", deliver_profiles, "documents", in_runs=True),
            Topic("collection.changed", deliver_changes, "documents and timeseries"),
        )
    },
)
