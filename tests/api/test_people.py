"""Registering, logging out, the own profile, and what admins make of users."""

import json

import pytest
from django.test import Client

from core.principals import Role
from relational import services
from relational.models import OutboxMessage, User
from tests.api.conftest import PASSWORD, Person, problem
from tests.api.meetings import at_once
from tests.api.test_tokens import REFRESH, ask_me, log_in, post

REGISTER = "/api/v1/auth/register"
LOG_OUT = "/api/v1/auth/logout"
ME = "/api/v1/users/me"
ZOE = {"username": "zoe", "email": "zoe@example.org", "password": PASSWORD}


def patch(person, path, body):
    return person.client.patch(path, json.dumps(body), content_type="application/json")


def told(user_id):
    """Return what the other stores are told of a user, in order."""
    messages = OutboxMessage.objects.filter(key=f"user:{user_id}").order_by("id")
    return [(message.topic, message.payload) for message in messages]


def test_who_registers_is_a_consumer_and_logs_in(anybody, people, db):
    answer = post(anybody, REGISTER, {**ZOE, "first_name": "Zoë"})
    assert answer.status_code == 201
    user = answer.json()
    assert answer.headers["location"] == f"/api/v1/users/{user['id']}"
    assert (user["username"], user["first_name"], user["role"]) == ("zoe", "Zoë", "consumer")
    assert ask_me(log_in(anybody, "zoe")["access"]).json() == user
    assert told(user["id"]) == [("user.registered", user)]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "\ufb01"}, "username"),
        ({"username": "\u0430da"}, "username"),
        ({"username": "zo\u0451"}, "username"),
        ({"username": "ada\u0661"}, "username"),
        ({"username": "ada\n"}, "username"),
        ({"email": "no"}, "email"),
        ({"email": " a@b.example"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890123"}, "password"),
        ({"password": "zoe@example.org"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"role": "admin"}, "role"),
        ({"is_staff": True}, "is_staff"),
        ({"is_superuser": True}, "is_superuser"),
        ({"id": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}, "id"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"last_name": 7}, "last_name"),
    ],
)
def test_a_wrong_registration_names_the_field_and_makes_nobody(anybody, people, db, change, path):
    count = User.objects.count()
    body = problem(post(anybody, REGISTER, {**ZOE, **change}), 400, "invalid_input")
    assert [each["path"] for each in body["errors"]] == [path]
    assert User.objects.count() == count


def test_a_taken_name_is_a_conflict(anybody, people, db):
    assert "ada" in problem(post(anybody, REGISTER, {**ZOE, "username": "ada"}), 409, "conflict")["detail"]


def test_registration_can_be_closed(anybody, people, settings, db):
    settings.REGISTRATION_OPEN = False
    problem(post(anybody, REGISTER, ZOE), 403, "permission_refused")
    assert not User.objects.filter(username="zoe").exists()


def test_of_simultaneous_registrations_of_one_name_one_is_made(people):
    def register():
        return post(Client(raise_request_exception=False), REGISTER, {**ZOE, "username": "yves"}).status_code

    try:
        assert at_once(*[register] * 12) == [201] + [409] * 11
        (yves,) = User.objects.filter(username="yves")
        assert len(told(yves.id)) == 1
    finally:
        User.objects.filter(username="yves").delete()


def test_a_refresh_token_ends_with_the_log_out_and_only_that_one(anybody, people, stranger):
    first, second = log_in(anybody, "stranger"), log_in(anybody, "stranger")
    for _ in range(2):
        assert post(anybody, LOG_OUT, {"refresh": first["refresh"]}).status_code == 204
    problem(post(anybody, REFRESH, {"refresh": first["refresh"]}), 401, "authentication_failed")
    assert post(anybody, REFRESH, {"refresh": second["refresh"]}).status_code == 200


def test_a_log_out_takes_a_refresh_token(anybody, people, monkeypatch):
    from datetime import timedelta

    from rest_framework_simplejwt.tokens import RefreshToken

    for token in ("x", log_in(anybody, "ada")["access"]):
        problem(post(anybody, LOG_OUT, {"refresh": token}), 401, "authentication_failed")
    monkeypatch.setattr(RefreshToken, "lifetime", timedelta(seconds=-1))
    ended = log_in(anybody, "ada")["refresh"]
    assert post(anybody, LOG_OUT, {"refresh": ended}).status_code == 204


def test_a_profile_changes_as_sent_and_is_told(people, stranger):
    answer = patch(stranger, ME, {"last_name": "Nemo", "email": "nemo@example.org"})
    assert answer.status_code == 200
    me = answer.json()
    assert (me["first_name"], me["last_name"], me["email"]) == ("Stranger", "Nemo", "nemo@example.org")
    assert stranger.get(ME).json() == me
    assert [topic for topic, _ in told(stranger.id)] == ["user.registered", "user.changed"]
    assert told(stranger.id)[-1][1] == me


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, None),
        ({"username": "other"}, "username"),
        ({"role": "admin"}, "role"),
        ({"password": "another long one"}, "password"),
        ({"email": "no"}, "email"),
        ({"email": None}, "email"),
        ({"first_name": "x" * 151}, "first_name"),
    ],
)
def test_a_wrong_profile_changes_nothing(people, stranger, body, path):
    before = stranger.get(ME).json()
    refused = problem(patch(stranger, ME, body), 400, "invalid_input")
    assert [each["path"] for each in refused["errors"]] == ([path] if path else [])
    assert stranger.get(ME).json() == before
    assert len(told(stranger.id)) == 1


def test_an_admin_changes_a_role_and_the_user_is_told_of(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    address = f"/api/v1/users/{stranger.id}"
    answer = patch(people["adm"], address, {"role": "analyst"})
    assert (answer.status_code, answer.json()["role"], answer.json()["is_active"]) == (200, "analyst", True)
    access = post(anybody, REFRESH, {"refresh": tokens["refresh"]}).json()["access"]
    bob = f"/api/v1/users/{people['bob'].id}"
    assert Client(headers={"authorization": f"Bearer {access}"}).get(bob).status_code == 200
    assert told(stranger.id)[-1][1]["role"] == "analyst"


def test_a_new_admin_opens_the_admin_and_a_former_one_does_not(people, stranger):
    address = f"/api/v1/users/{stranger.id}"
    for role, is_staff in (("admin", True), ("operator", False)):
        assert patch(people["adm"], address, {"role": role}).status_code == 200
        user = User.objects.get(pk=stranger.id)
        assert (user.is_staff, user.is_superuser) == (is_staff, is_staff)


def test_a_deactivated_user_neither_refreshes_nor_logs_in_until_activated(anybody, people, stranger):
    tokens = log_in(anybody, "stranger")
    address = f"/api/v1/users/{stranger.id}"
    assert patch(people["adm"], address, {"is_active": False}).json()["is_active"] is False
    problem(post(anybody, REFRESH, {"refresh": tokens["refresh"]}), 401, "authentication_failed")
    problem(
        post(anybody, "/api/v1/auth/token", {"username": "stranger", "password": PASSWORD}),
        401,
        "authentication_failed",
    )
    assert patch(people["adm"], address, {"is_active": True}).status_code == 200
    assert post(anybody, REFRESH, {"refresh": tokens["refresh"]}).status_code == 200


def test_an_admin_leaves_the_own_role_to_others(people):
    problem(patch(people["adm"], f"/api/v1/users/{people['adm'].id}", {"role": "consumer"}), 409, "conflict")


def test_a_former_admin_makes_no_admins_with_a_token_that_is_left(people, stranger, db):
    former = Person("former", Role.ADMIN)
    User.objects.filter(pk=former.id).update(role="consumer")
    problem(patch(former, f"/api/v1/users/{stranger.id}", {"role": "admin"}), 403, "permission_refused")


def test_loaded_users_are_told_of_once(people, db):
    ids = services.ensure_users(["ada", "loaded"])
    services.ensure_users(["loaded"])
    ((topic, payload),) = told(ids["loaded"])
    assert (topic, payload["username"], payload["role"]) == ("user.registered", "loaded", "consumer")
    assert len(told(ids["ada"])) == 1
