"""What `core.tokens` reads of a token is what the API signed."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import jwt
import pytest
from django.conf import settings

from api import authentication
from core.principals import Principal, Role
from core.times import now
from core.tokens import read_access_token
from relational.rows import CredentialRow

CREDENTIAL = CredentialRow(UUID(int=7), "consumer", "stamp")
LONG_KEY = "another key, which is as long as a key of this kind has to be"


def changed(**claims):
    return jwt.encode({**payload(), **claims}, settings.SECRET_KEY, algorithm="HS256")


def payload():
    return jwt.decode(authentication.make_access_token(CREDENTIAL), settings.SECRET_KEY, algorithms=["HS256"])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("teams", [(), (uuid4(), uuid4())])
def test_a_good_token_is_read_as_it_was_signed(role, teams):
    text = authentication.make_access_token(replace(CREDENTIAL, role=role.value, team_ids=teams))
    token = read_access_token(text)
    assert token is not None
    assert token.principal == Principal(CREDENTIAL.user_id, role, frozenset(teams))
    assert now() < token.ends <= now() + timedelta(seconds=301)


@pytest.mark.parametrize(
    "make",
    [
        lambda: "",
        lambda: "x.y.z",
        lambda: "\ud800",
        lambda: authentication.make_refresh_token(CREDENTIAL),
        lambda: changed(exp=0),
        lambda: changed(role="king"),
        lambda: changed(user_id="7"),
        lambda: changed(teams=["7"]),
        lambda: changed(teams=7),
        lambda: changed(token_type="refresh"),
        lambda: jwt.encode(
            {"token_type": "access", "user_id": str(uuid4()), "role": "admin"}, settings.SECRET_KEY, "HS256"
        ),
        lambda: jwt.encode(payload(), LONG_KEY, "HS256"),
        lambda: jwt.encode(payload(), "", "none"),
        lambda: jwt.encode(payload(), settings.SECRET_KEY * 2, "HS512"),
    ],
)
def test_a_wrong_token_is_refused(make):
    assert read_access_token(make()) is None
