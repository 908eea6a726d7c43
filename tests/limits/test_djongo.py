"""What djongo 1.3.7 itself does on today's Django, pymongo and sqlparse, and why documents/backend adapts it."""

import importlib
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connections
from django.db.models import F
from djongo import database
from djongo.base import DatabaseWrapper
from djongo.sql2mongo.operators import LikeOp, iLikeOp
from djongo.sql2mongo.sql_tokens import SQLToken
from pymongo import MongoClient
from pymongo.errors import InvalidOperation

from tests.integration.documents.matrix.rows import store

pytestmark = pytest.mark.django_db(databases=["documents"])
ROWS = [{"id": 1, "name": "axb", "founded": 1}, {"id": 2, "name": "B", "founded": None}]


@contextmanager
def stock_djongo():
    """Stock djongo under an alias of its own, on a database of its own; gives its wrapper and a manager."""
    maker = store("matrix_documents").Maker
    settings = {**connections["documents"].settings_dict, "ENGINE": "djongo", "NAME": "test_stock_djongo"}
    wrapper = connections["stock"] = DatabaseWrapper(settings, "stock")
    with MongoClient(**settings["CLIENT"]) as client:
        client.drop_database("test_stock_djongo")
        client["test_stock_djongo"][maker._meta.db_table].insert_many([dict(row) for row in ROWS])
        try:
            yield wrapper, maker.objects.using("stock")
        finally:
            client.drop_database("test_stock_djongo")
            for opened in database.clients.values():
                opened.close()
            database.clients.clear()
            del connections["stock"]


FAILING = {
    "insert": lambda rows: rows.create(name="new"),
    "exists": lambda rows: rows.exists(),
    "order": lambda rows: list(rows.order_by("founded")),
    "contains": lambda rows: list(rows.filter(name__contains="x")),
    "iexact": lambda rows: list(rows.filter(name__iexact="AXB")),
    "long in": lambda rows: list(rows.filter(id__in=list(range(5_000)))),
    "update by a column": lambda rows: rows.update(founded=F("founded") + 1),
}


@pytest.mark.parametrize("kind", FAILING)
def test_most_statements_fail_without_a_message(kind, django_db_blocker):
    with django_db_blocker.unblock(), stock_djongo() as (_, rows), pytest.raises(DatabaseError) as caught:
        FAILING[kind](rows)
    assert str(caught.value) == ""


def test_closing_one_connection_closes_the_client_of_all(django_db_blocker):
    with django_db_blocker.unblock(), stock_djongo() as (wrapper, rows):
        assert rows.count() == 2
        client = wrapper.client_connection
        wrapper.close()
        with pytest.raises(InvalidOperation, match="Cannot use MongoClient after close"):
            client.admin.command("ping")


def test_client_is_shared_by_the_databases_name_alone():
    one = database.connect("same", host="mongodb://127.0.0.1:1")
    try:
        assert database.connect("same", host="mongodb://127.0.0.1:2") is one
    finally:
        database.clients.pop("same").close()


def test_transactions_module_does_not_import():
    with pytest.raises(ImportError, match="cannot import name 'djongo_access_url'"):
        importlib.import_module("djongo.transaction")


def test_ddl_prints(capsys, django_db_blocker):
    with django_db_blocker.unblock(), stock_djongo() as (wrapper, _), wrapper.schema_editor() as editor:
        editor.create_model(store("matrix_documents").Tag)
    assert "This version of djongo does not support" in capsys.readouterr().out


def _pattern(kind, text, monkeypatch):
    monkeypatch.setattr(SQLToken, "placeholder_index", staticmethod(lambda _token: 0))
    operator = kind.__new__(kind)
    operator.params, operator._field = [text], "name"
    operator._make_regex(None)
    return operator.to_mongo()


def test_like_reaches_mongodb_unescaped(monkeypatch):
    assert _pattern(LikeOp, "%(a+)+$.%", monkeypatch) == {"name": {"$regex": "^.*(a+)+$..*$"}}


def test_text_that_looks_like_json_becomes_part_of_the_query(monkeypatch):
    found = _pattern(iLikeOp, '{"secret": ".*"}', monkeypatch)
    assert found == {"name.secret": {"$regex": ".*", "$options": "im"}}
