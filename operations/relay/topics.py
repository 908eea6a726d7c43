"""Which handler delivers which topic: one table. Read by the loop.

A handler takes messages of its topic, by id, and returns an outcome for each, in their order. It must be idempotent:
the same message comes again whenever a relay died before it could say that it was delivered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from operations.collection_changes import TOPIC as COLLECTION_CHANGED
from operations.relay.handlers.collections import deliver_changes
from operations.relay.handlers.ledger import deliver_postings
from operations.relay.handlers.profiles import deliver_profiles
from operations.relay.handlers.summaries import deliver_summaries
from operations.relay.outcomes import Outcome
from relational.rows import MessageRow
from relational.services.announcements import POSTED, SUMMARISED
from relational.services.users import CHANGED, REGISTERED

Handler = Callable[[Sequence[MessageRow]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is delivered, and to what, so that a store that is away is not asked for each of its topics.

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
            Topic(POSTED, deliver_postings, "timeseries"),
            Topic(SUMMARISED, deliver_summaries, "documents", in_runs=True),
            Topic(REGISTERED, deliver_profiles, "documents"),
            Topic(CHANGED, deliver_profiles, "documents", in_runs=True),
            # It needs both: when one is away this topic waits, and the others of that store find out for themselves.
            Topic(COLLECTION_CHANGED, deliver_changes, "documents and timeseries"),
        )
    },
)
