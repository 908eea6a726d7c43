"""Passwords: changing one, and resetting one by mail."""

import re

import pytest
from django.core import mail
from django.test import Client
from djoser.utils import decode_uid

from api.mail import wait_for_mail
from core.principals import Role
from relational import services
from relational.models import User
from relational.services import passwords
from tests.api.conftest import PASSWORD, Person, problem
from tests.api.meetings import at_once, let_meet
from tests.api.test_tokens import REFRESH, TOKEN, log_in, post

CHANGE = "/api/v1/auth/password/change"
RESET = "/api/v1/auth/password/reset"
CONFIRM = "/api/v1/auth/password/reset/confirm"
NEW = "battery horse correct"
NOBODY = "AAAA"


@pytest.fixture
def post_box(mailoutbox):
    """Mail that was sent, read when all of it is."""

    def read():
        wait_for_mail()
        return mail.outbox

    return read


@pytest.fixture
def forgetful(stranger):
    """A stranger with a mail address."""
    User.objects.filter(pk=stranger.id).update(email="Stranger@example.org")
    return stranger


def link_in(message):
    """Read the link as its page would."""
    found = re.search(r"#uid=(\S+)&token=(\S+)", message.body)
    assert found, message.body
    return {"uid": found[1], "token": found[2]}


def knows(anybody, password):
    return post(anybody, TOKEN, {"username": "stranger", "password": password}).status_code == 200


def test_a_changed_password_ends_refresh_tokens(anybody, stranger):
    tokens = log_in(anybody, "stranger")
    answer = post(stranger.client, CHANGE, {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204
    problem(post(anybody, REFRESH, {"refresh": tokens["refresh"]}), 401, "authentication_failed")
    assert knows(anybody, NEW)
    assert not knows(anybody, PASSWORD)


@pytest.mark.parametrize(
    ("current", "new", "path"),
    [("wrong", NEW, "current_password"), (PASSWORD, "short", "new_password"), (PASSWORD, "stranger12", "new_password")],
)
def test_a_wrong_change_of_the_password_names_the_field(anybody, stranger, current, new, path):
    answer = post(stranger.client, CHANGE, {"current_password": current, "new_password": new})
    assert [each["path"] for each in problem(answer, 400, "invalid_input")["errors"]] == [path]
    assert knows(anybody, PASSWORD)


def test_a_link_in_a_mail_resets_the_password_once(anybody, forgetful, post_box):
    tokens = log_in(anybody, "stranger")
    assert post(anybody, RESET, {"email": "stranger@EXAMPLE.org"}).status_code == 204
    (message,) = post_box()
    assert message.to == ["Stranger@example.org"]
    assert message.subject == "Reset your password at Trivium"
    link = link_in(message)
    assert post(anybody, CONFIRM, {**link, "new_password": NEW}).status_code == 204
    assert knows(anybody, NEW)
    problem(post(anybody, REFRESH, {"refresh": tokens["refresh"]}), 401, "authentication_failed")
    again = problem(post(anybody, CONFIRM, {**link, "new_password": PASSWORD}), 400, "invalid_input")
    assert again["errors"][0]["path"] == "token"
    assert knows(anybody, NEW)


def test_nobody_learns_who_is_there(anybody, forgetful, post_box):
    known = post(anybody, RESET, {"email": "stranger@example.org"})
    assert len(post_box()) == 1
    unknown = post(anybody, RESET, {"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert len(post_box()) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_no_link_for_who_cannot_log_in(anybody, forgetful, post_box, change):
    User.objects.filter(pk=forgetful.id).update(**change)
    assert post(anybody, RESET, {"email": "stranger@example.org"}).status_code == 204
    assert post_box() == []


@pytest.mark.parametrize(
    "change",
    [{"token": "x"}, {"token": "c0-" + "0" * 32}, {"uid": NOBODY}, {"uid": "ä"}, {"uid": "%00"}, {"uid": "//8"}],
)
def test_a_wrong_link_says_one_thing_whatever_is_wrong(anybody, forgetful, post_box, change):
    post(anybody, RESET, {"email": "stranger@example.org"})
    link = link_in(post_box()[0])
    refused = problem(post(anybody, CONFIRM, {**link, **change, "new_password": NEW}), 400, "invalid_input")
    assert refused["errors"] == [{"path": "token", "message": refused["detail"]}]
    assert "ask for a new one" in refused["detail"]
    assert knows(anybody, PASSWORD)


def test_a_link_is_no_good_after_the_mail_address_changed(anybody, forgetful, post_box):
    post(anybody, RESET, {"email": "stranger@example.org"})
    services.change_profile(forgetful.principal, {"email": "new@example.org"})
    answer = post(anybody, CONFIRM, {**link_in(post_box()[0]), "new_password": NEW})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "token"
    assert knows(anybody, PASSWORD)


def test_users_of_one_mail_address_get_a_link_each_up_to_ten(anybody, forgetful, post_box):
    for place in range(11):
        services.create_user(f"twin{place}", password=PASSWORD, email="stranger@example.org")
    post(anybody, RESET, {"email": "stranger@example.org"})
    links = [link_in(message)["uid"] for message in post_box()]
    assert len(set(links)) == 10
    assert decode_uid(links[0]) == str(forgetful.id)


def test_a_link_ends(anybody, forgetful, post_box, settings):
    post(anybody, RESET, {"email": "stranger@example.org"})
    settings.PASSWORD_RESET_TIMEOUT = -1
    answer = post(anybody, CONFIRM, {**link_in(post_box()[0]), "new_password": NEW})
    problem(answer, 400, "invalid_input")


def test_a_weak_password_does_not_use_the_link_up(anybody, forgetful, post_box):
    post(anybody, RESET, {"email": "stranger@example.org"})
    link = link_in(post_box()[0])
    refused = problem(post(anybody, CONFIRM, {**link, "new_password": "weak"}), 400, "invalid_input")
    assert refused["errors"][0]["path"] == "new_password"
    assert post(anybody, CONFIRM, {**link, "new_password": NEW}).status_code == 204


def test_of_simultaneous_uses_of_a_link_one_counts(people, post_box, monkeypatch):
    racer = Person("racer", Role.CONSUMER)
    User.objects.filter(pk=racer.id).update(email="racer@example.org")
    post(Client(), RESET, {"email": "racer@example.org"})
    link = link_in(post_box()[0])
    let_meet(monkeypatch, passwords, "validate_password")

    def confirm():
        return post(Client(), CONFIRM, {**link, "new_password": NEW}).status_code

    try:
        assert at_once(confirm, confirm) == [204, 400]
    finally:
        User.objects.filter(pk=racer.id).delete()


def test_a_mail_that_cannot_be_sent_is_in_the_log(anybody, forgetful, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert post(anybody, RESET, {"email": "stranger@example.org"}).status_code == 204
    wait_for_mail()
    assert str(forgetful.id) in caplog.text
