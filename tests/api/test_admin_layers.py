"""The admin's middleware: around its pages it does its work, sessions and CSRF; around the API it is not asked."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from core.principals import Role
from relational import services

PASSWORD = "correct horse battery"
HOOKS_NOT_PASSED_ON = ("process_exception", "process_template_response")


@pytest.fixture
def keeper(people, db):
    services.create_user("keeper", password=PASSWORD, role=Role.ADMIN)
    from relational.models import User

    User.objects.filter(username="keeper").update(is_staff=True, is_superuser=True)
    return {"username": "keeper", "password": PASSWORD}


def token_of(page):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]  # type: ignore[index]  # else it fails


def test_an_administrator_logs_in_and_sees_a_message(keeper):
    browser = Client(enforce_csrf_checks=True)
    form = keeper | {"csrfmiddlewaretoken": token_of(browser.get("/admin/login/"))}
    assert browser.post("/admin/login/?next=/admin/", form).status_code == 302
    assert "keeper" in browser.get("/admin/").content.decode().lower()
    nothing = {"action": "", "index": "0", "_selected_action": "x"}
    page = browser.get("/admin/relational/user/")
    answer = browser.post("/admin/relational/user/", nothing | {"csrfmiddlewaretoken": token_of(page)}, follow=True)
    assert "No action selected." in answer.content.decode()


def test_a_form_without_its_token_is_refused(keeper):
    assert Client(enforce_csrf_checks=True).post("/admin/login/", keeper).status_code == 403


def test_an_address_of_the_api_knows_no_session(people, anybody):
    for client in (people["ada"].client, anybody):
        answer = client.get("/api/v1/users/me")
        assert not answer.cookies
        assert not hasattr(answer.wsgi_request, "session")


def test_no_layer_has_a_hook_that_is_not_passed_on():
    layers = [import_string(name) for name in settings.ADMIN_MIDDLEWARE]  # type: ignore[misc]  # mypy does not see split settings
    assert len(layers) == 5
    assert not [(layer, hook) for layer in layers for hook in HOOKS_NOT_PASSED_ON if hasattr(layer, hook)]
