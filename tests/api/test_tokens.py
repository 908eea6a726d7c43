import base64
import json

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from api.authentication import make_access_token, make_refresh_token
from core.principals import Role
from relational.models import User
from relational.rows import CredentialRow
from tests.api.conftest import PASSWORD, problem

TOKEN = "/api/v1/auth/token"
REFRESH = "/api/v1/auth/token/refresh"


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def ask_me(token):
    return Client(headers={"authorization": f"Bearer {token}"}).get("/api/v1/users/me")


def log_in(client, username):
    answer = post(client, TOKEN, {"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.json()


def test_log_in_gives_a_token_that_says_who_asks(anybody, people):
    me = ask_me(log_in(anybody, "ada")["access"])
    assert me.json()["id"] == str(people["ada"].id)


def test_the_access_token_carries_user_and_role(anybody, people):
    payload = log_in(anybody, "ana")["access"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["user_id"] == str(people["ana"].id)
    assert claims["role"] == "analyst"
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("password", ["wrong", PASSWORD + " ", " " + PASSWORD, PASSWORD.upper()])
def test_a_wrong_password_is_refused(anybody, people, password):
    answer = post(anybody, TOKEN, {"username": "ada", "password": password})
    problem(answer, 401, "authentication_failed")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_unknown_name_is_refused_with_the_same_words(anybody, people):
    wrong = post(anybody, TOKEN, {"username": "ada", "password": "wrong"}).json()
    unknown = post(anybody, TOKEN, {"username": "nobody", "password": "wrong"}).json()
    assert wrong["detail"] == unknown["detail"]


def test_a_deactivated_user_cannot_log_in_nor_refresh(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    User.objects.filter(username="stranger").update(is_active=False)
    problem(post(anybody, TOKEN, {"username": "stranger", "password": PASSWORD}), 401, "authentication_failed")
    problem(post(anybody, REFRESH, {"refresh": tokens["refresh"]}), 401, "authentication_failed")


def test_a_changed_password_ends_refresh_tokens(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    User.objects.filter(username="stranger").update(password=make_password("another long one"))
    problem(post(anybody, REFRESH, {"refresh": tokens["refresh"]}), 401, "authentication_failed")


def test_a_changed_role_counts_with_the_refresh(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    User.objects.filter(username="stranger").update(role=Role.ANALYST.value)
    bob = f"/api/v1/users/{people['bob'].id}"
    assert Client(headers={"authorization": f"Bearer {tokens['access']}"}).get(bob).status_code == 404
    access = post(anybody, REFRESH, {"refresh": tokens["refresh"]}).json()["access"]
    assert Client(headers={"authorization": f"Bearer {access}"}).get(bob).status_code == 200


def test_one_kind_of_token_is_not_the_other(anybody, people):
    tokens = log_in(anybody, "ada")
    problem(ask_me(tokens["refresh"]), 401, "authentication_failed")
    problem(post(anybody, REFRESH, {"refresh": tokens["access"]}), 401, "authentication_failed")


def test_a_token_that_has_ended_is_refused(anybody, people, monkeypatch):
    from datetime import timedelta

    from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

    credential = CredentialRow(people["ada"].id, "consumer", "")
    for kind in (AccessToken, RefreshToken):
        monkeypatch.setattr(kind, "lifetime", timedelta(seconds=-1))
    problem(ask_me(make_access_token(credential)), 401, "authentication_failed")
    problem(post(anybody, REFRESH, {"refresh": make_refresh_token(credential)}), 401, "authentication_failed")


def with_claims(**claims):
    from rest_framework_simplejwt.tokens import AccessToken

    token = AccessToken()
    for name, value in claims.items():
        token[name] = value
    return str(token)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"user_id": "7", "role": "consumer"},
        {"user_id": 7, "role": "consumer"},
        {"user_id": "018f0000-0000-7000-8000-000000000000", "role": "king"},
        {"user_id": "018f0000-0000-7000-8000-000000000000"},
        {"user_id": None, "role": None},
        {"user_id": ["x"], "role": {}},
    ],
)
def test_signed_claims_that_make_no_principal_are_refused(people, claims):
    problem(ask_me(with_claims(**claims)), 401, "authentication_failed")


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "ä.ö.ü", "e30.e30.", "\ud800", "." * 5000, "eyJhbGciOiJub25lIn0.e30."]
)
def test_garbage_is_no_token(people, token):
    client = Client(raise_request_exception=False)
    header = f"Bearer {token}".encode("utf-8", "surrogatepass").decode("latin-1")
    answer = client.get("/api/v1/users/me", headers={"authorization": header})
    problem(answer, 401, "authentication_failed")


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Token x", "bearerx"])
def test_without_a_token_nobody_is_logged_in(anybody, header):
    headers = {} if header is None else {"authorization": header}
    answer = anybody.get("/api/v1/users/me", headers=headers)
    problem(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_signed_with_another_key_is_refused(people, settings):
    import jwt

    forged = jwt.encode(
        {"user_id": str(people["adm"].id), "role": "admin", "exp": 4_000_000_000, "jti": "1", "token_type": "access"},
        "k" * 48,
    )
    problem(ask_me(forged), 401, "authentication_failed")
