"""`manage.py outbox`: what is left to deliver, what is dead, and letting it be delivered again; see docs/outbox.md."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from core.errors import InvalidInput, NotFound
from core.exits import TriviumCommand
from relational import selectors, services
from relational.rows import DeadMessage

NEEDS_SOMEBODY = 3
PAGE = 500


class Command(TriviumCommand):
    """Look after the outbox."""

    help = "Show what is left to deliver (status) and what is dead (dead); let dead messages be tried again (replay)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one of three words."""
        words = parser.add_subparsers(dest="word", required=True)
        words.add_parser(
            "status", help="relays, counts by topic; status 3 when messages are dead or no relay runs for them"
        )
        words.add_parser("dead", help="the dead messages, one JSON object a line")
        replay = words.add_parser("replay", help="let dead messages be delivered again")
        replay.add_argument("ids", nargs="*", type=int, help="which messages, as `dead` names them")
        replay.add_argument("--all", action="store_true", help="all of them")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what the word says."""
        {"status": self._show_status, "dead": self._list_dead, "replay": self._replay}[options["word"]](options)

    def _show_status(self, _options: dict[str, Any]) -> None:
        backlog, errors, relays = selectors.outbox_backlog(), selectors.last_errors(), selectors.living_relays()
        self.stdout.write(f"relays: {', '.join(relays) or 'none runs'}")
        for topic in backlog:
            line = f"{topic.topic}: {topic.pending} pending, the oldest {topic.oldest_age_s:.0f} s, {topic.dead} dead"
            self.stdout.write(line)
            if topic.topic in errors:
                self.stdout.write(f"  last error: {errors[topic.topic]}")
        if not backlog:
            self.stdout.write("nothing is left to deliver")
        if any(topic.dead or (topic.pending and not relays) for topic in backlog):
            sys.exit(NEEDS_SOMEBODY)

    def _list_dead(self, _options: dict[str, Any]) -> None:
        for message in _every_dead():
            died = message.died.isoformat()
            told = {"id": message.id, "topic": message.topic, "key": message.key, "died": died, "error": message.error}
            self.stdout.write(json.dumps(told))

    def _replay(self, options: dict[str, Any]) -> None:
        ids: list[int] = options["ids"]
        if bool(ids) == options["all"]:
            raise InvalidInput("name messages, or say --all", path="ids")
        replayed = services.replay_messages(None if options["all"] else ids)
        missing = sorted(set(ids) - set(replayed))
        self.stdout.write(f"{len(replayed)} are delivered again")
        if missing:
            raise NotFound(f"not among the dead: {', '.join(map(str, missing))}")


def _every_dead() -> Iterator[DeadMessage]:
    page = selectors.dead_messages(limit=PAGE)
    while page:
        yield from page
        page = selectors.dead_messages(limit=PAGE, after=page[-1].id)
