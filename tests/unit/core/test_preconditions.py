from datetime import UTC, datetime, timedelta

import pytest

from core.errors import PreconditionFailed
from core.preconditions import ANYTHING, UNCONDITIONAL, Precondition, tag_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_every_version_of_every_life_has_a_tag_of_its_own():
    lives = [NOON, NOON + timedelta(microseconds=1), datetime(1960, 1, 1, tzinfo=UTC)]
    tags = [tag_of(version, created) for version in (1, 2, 11) for created in lives]
    assert len(set(tags)) == len(tags)
    assert not any('"' in tag or "," in tag or tag == ANYTHING for tag in tags)


def test_what_is_demanded():
    UNCONDITIONAL.check(None)
    Precondition(one_of=frozenset({ANYTHING})).check("1")
    Precondition(none_of=frozenset({ANYTHING})).check(None)
    with pytest.raises(PreconditionFailed, match="If-Match"):
        Precondition(one_of=frozenset()).check("1")
    with pytest.raises(PreconditionFailed, match="If-None-Match"):
        Precondition(none_of=frozenset({"1"})).check("1")
