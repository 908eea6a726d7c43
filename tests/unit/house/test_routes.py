"""The table of routes, the router over it, and the checks that prove it; each check is shown to fail."""

import ast
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

import routers
from relational.models import Account, User
from routers import ROUTES, StoreRouter, check_routes, store_of

ROUTER = StoreRouter()


def test_the_routes_of_this_project_are_sound():
    assert check_routes(None) == []


@pytest.mark.parametrize("label", ["relational", "documents", "timeseries", "sessions", "nobody"])
def test_an_application_migrates_on_its_own_store_only(label):
    allowed = {alias for alias in ("default", "documents", "timeseries") if ROUTER.allow_migrate(alias, label)}
    assert allowed == {ROUTES.get(label, "default")}


def test_models_are_read_and_written_in_their_store():
    assert ROUTER.db_for_read(User) == ROUTER.db_for_write(Account) == "default"
    assert store_of("documents") == "documents"


def test_relations_stay_within_a_store(monkeypatch):
    assert ROUTER.allow_relation(User(), Account())
    monkeypatch.setattr(routers, "ROUTES", {**ROUTES, "sessions": "documents"})
    other = apps.get_model("sessions", "Session")()
    assert not ROUTER.allow_relation(User(), other)


def test_an_alias_that_does_not_exist_is_an_error(monkeypatch):
    monkeypatch.setattr(routers, "ROUTES", {**ROUTES, "relational": "nowhere"})
    assert "stores.E001" in [message.id for message in check_routes(None)]


def test_a_local_application_without_a_route_is_an_error(monkeypatch):
    monkeypatch.setattr(routers, "ROUTES", {label: alias for label, alias in ROUTES.items() if label != "relational"})
    found = [(message.id, message.hint) for message in check_routes(None)]
    assert ("stores.E002", "Add 'relational' to ROUTES in routers.py.") in found


@isolate_apps("relational", "django.contrib.sessions")
def test_a_foreign_key_across_stores_is_an_error(monkeypatch):
    class Crossing(models.Model):
        user = models.ForeignKey(User, on_delete=models.CASCADE)

        class Meta:
            app_label = "sessions"

    config = apps.get_app_config("sessions")
    monkeypatch.setattr(routers, "ROUTES", {**ROUTES, "sessions": "documents"})
    monkeypatch.setattr(config, "get_models", lambda: [Crossing])
    assert {message.id for message in check_routes([config])} == {"stores.E003"}


def test_the_table_of_routes_imports_only_django():
    tree = ast.parse(Path(routers.__file__).read_text())
    names = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert names - sys.stdlib_module_names == {"django"}
