"""The admin's pages of people and the ledger, through Django's own client."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.principals import Role
from core.times import now
from relational import services
from relational.models import ApiKey, OutboxMessage, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    services.create_user("root", password="correct horse battery", role=Role.ADMIN)
    client.force_login(User.objects.get(username="root"))
    return client


def test_a_users_role_is_changed(admin, people):
    user = User.objects.get(username="ada")
    address = reverse("admin:relational_user_change", args=[user.pk])
    page = admin.get(address)
    assert page.status_code == 200
    form = page.context["adminform"].form
    fields = {
        name: form.initial.get(name) or ""
        for name in form.fields
        if name not in {"password", "groups", "user_permissions"}
    }
    times = {"date_joined_0": "2026-01-31", "date_joined_1": "12:00:00"}
    inline = {f"keys-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    answer = admin.post(
        address, {**fields, **times, **inline, "is_active": "on", "is_staff": "", "is_superuser": "", "role": "analyst"}
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.role == "analyst"
    told = OutboxMessage.objects.filter(key=f"user:{user.pk}").order_by("id")
    assert [(message.topic, message.payload["role"]) for message in told] == [
        ("user.registered", "consumer"),
        ("user.changed", "analyst"),
    ]


def test_a_user_made_in_the_admin_is_told_of(admin):
    password = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    inline = {f"keys-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    answer = admin.post(reverse("admin:relational_user_add"), {"username": "carol", **password, **inline})
    assert answer.status_code == 302
    user = User.objects.get(username="carol")
    (message,) = OutboxMessage.objects.filter(key=f"user:{user.pk}")
    assert (message.topic, message.payload["username"]) == ("user.registered", "carol")


def test_a_key_is_revoked_and_nothing_else_of_it_changes(admin, people):
    expires = now() + timedelta(days=1)
    row, text = services.create_api_key(people["ada"], name="machine", scopes=["ledger:read"], expires=expires)
    key = ApiKey.objects.get(prefix=row.id)
    address = reverse("admin:relational_apikey_change", args=[key.pk])
    page = admin.get(address).content.decode()
    assert row.id in page
    assert text not in page
    assert admin.post(address, {"revoked": "on", "name": "other"}).status_code == 302
    key.refresh_from_db()
    assert (key.revoked, key.name) == (True, "machine")
    assert services.principal_of_key(text) is None
    admin.post(address, {"revoked": ""})
    key.refresh_from_db()
    assert key.revoked
    assert admin.get(reverse("admin:relational_apikey_add")).status_code == 403
    assert admin.post(reverse("admin:relational_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403


def test_the_keys_that_the_library_has_of_its_own_are_not_there(admin):
    assert admin.get("/admin/rest_framework_api_key/apikey/").status_code == 404


def test_a_teams_page_opens(admin, people):
    team = services.create_team(people["ada"], "crew")
    assert b"crew" in admin.get(reverse("admin:relational_team_change", args=[team.id])).content


@pytest.mark.parametrize("model", ["user", "team", "apikey", "account", "transaction"])
def test_the_lists_open_and_search(admin, purchase, model):
    services.post_transactions([purchase()])
    assert admin.get(reverse(f"admin:relational_{model}_changelist")).status_code == 200
    searched = admin.get(reverse(f"admin:relational_{model}_changelist"), {"q": "sales"})
    assert searched.status_code == 200


def test_the_ledger_is_looked_at_only(admin, purchase, accounts):
    row = purchase()
    services.post_transactions([row])
    address = reverse("admin:relational_transaction_change", args=[row.id])
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"book": "other"}).status_code == 403
    assert admin.get(reverse("admin:relational_account_add")).status_code == 403
    account = reverse("admin:relational_account_delete", args=[accounts["shop", "ada", "USD"]])
    assert admin.post(account, {"post": "yes"}).status_code == 403


def test_a_user_without_the_role_stays_outside(client, people):
    client.force_login(User.objects.get(username="ada"))
    assert client.get(reverse("admin:relational_user_changelist")).status_code == 302
