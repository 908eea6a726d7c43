"""A lock's number is what every process makes of its name."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from relational.locks import key_of_lock

SMALLEST, GREATEST = -(1 << 63), (1 << 63) - 1


@given(st.binary())
def test_a_name_is_a_bigint_of_postgresql(name):
    assert SMALLEST <= key_of_lock(name) <= GREATEST
    assert key_of_lock(name) % (1 << 64) == int(hashlib.sha256(name).hexdigest()[:16], 16)
