"""A good access token is verified once per process, and believed no longer than it lives."""

import time
from uuid import UUID

import pytest
from rest_framework.exceptions import AuthenticationFailed

from api import authentication
from api.authentication import TOKENS_KEPT, make_access_token, read_access_token
from core.principals import Principal, Role
from relational.rows import CredentialRow

USER = UUID(int=7)


@pytest.fixture(autouse=True)
def nothing_is_kept():
    authentication._verify_access_token.cache_clear()
    yield
    authentication._verify_access_token.cache_clear()


def token_of(user_id):
    return make_access_token(CredentialRow(user_id, Role.ANALYST.value, "", (UUID(int=8),)))


def test_a_token_is_verified_once():
    token = token_of(USER)
    principals = [read_access_token(token) for _ in range(3)]
    assert principals == [Principal(USER, Role.ANALYST, frozenset({UUID(int=8)}))] * 3
    assert authentication._verify_access_token.cache_info().misses == 1


def test_a_kept_token_ends_when_its_life_does(monkeypatch):
    token = token_of(USER)
    _, ends = authentication._verify_access_token(token)
    monkeypatch.setattr(time, "time", lambda: ends - 1)
    assert read_access_token(token).user_id == USER
    monkeypatch.setattr(time, "time", lambda: ends)
    with pytest.raises(AuthenticationFailed, match="has ended"):
        read_access_token(token)


def test_a_changed_token_is_refused_each_time_and_not_kept():
    wrong = token_of(USER)[:-4] + "AAAA"
    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            read_access_token(wrong)
    assert authentication._verify_access_token.cache_info().currsize == 0


def test_no_more_tokens_are_kept_than_the_bound():
    assert authentication._verify_access_token.cache_info().maxsize == TOKENS_KEPT
