"""The column rules of streams, and what they come to for a principal."""

import hashlib
from collections.abc import Collection, Mapping

import orjson
from django.conf import settings

from core.principals import Principal
from timeseries.column_rules import Mask, Rules, rules_for
from timeseries.directory import STREAM_AGE_S, find_streams
from timeseries.memory import Memory
from timeseries.selectors.streams import stream_by_name
from timeseries.session import read

SELECT_RULES = "SELECT stream, rules FROM column_rules WHERE directory = 0"
ALL = "all"
_known: Memory[Mapping[str, Rules]] = Memory(max_entries=1, max_age_s=STREAM_AGE_S)


def masks_for(principal: Principal, streams: Collection[str] | None) -> dict[str, Mask]:
    """Return what holds for a principal in these streams (None: in all), for those where something does.

    Raises: StoreUnavailable, StoreTimeout.
    """
    rules = {name: each for name, each in all_rules().items() if streams is None or name in streams}
    found = find_streams(rules) if rules else {}
    own = {name: rules_for(principal, found[name], each) for name, each in rules.items() if name in found}
    return {name: Mask(each, _key()) for name, each in own.items() if each}


def column_rules(principal: Principal, stream: str) -> Rules:
    """Return the rules of a stream. Raises: NotFound, StoreUnavailable, StoreTimeout."""
    return all_rules().get(stream_by_name(principal, stream).name, {})


def all_rules() -> Mapping[str, Rules]:
    """Return the rules of every stream that has any; they are few. Raises: StoreUnavailable, StoreTimeout."""
    rules = _known.recall(ALL)
    if rules is None:
        rules = {stream: orjson.loads(text) for stream, text in read(SELECT_RULES)}
        _known.keep(ALL, rules)
    return rules


def forget_rules() -> None:
    """Let the next look ask Cassandra."""
    _known.forget(ALL)


def _key() -> bytes:
    own: str = settings.PSEUDONYM_KEY  # type: ignore[misc]  # mypy does not see split settings
    return hashlib.sha256(b"trivium.pseudonym\0" + (own or str(settings.SECRET_KEY)).encode()).digest()
