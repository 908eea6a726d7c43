"""The stores of the tests' own applications. Named by settings/environments/test.py, before the product's router."""

from typing import Any

from django.db.models import Model

TEST_ROUTES = {"matrix_documents": "documents", "matrix_relational": "default"}


class TestRouter:
    """Answers for the applications of TEST_ROUTES and leaves the rest to the product's router."""

    __test__ = False

    def db_for_read(self, model: type[Model], **_hints: Any) -> str | None:
        return TEST_ROUTES.get(model._meta.app_label)

    def db_for_write(self, model: type[Model], **_hints: Any) -> str | None:
        return TEST_ROUTES.get(model._meta.app_label)

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool | None:
        label = one._meta.app_label
        return label == other._meta.app_label if label in TEST_ROUTES else None

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:
        return TEST_ROUTES[app_label] == db if app_label in TEST_ROUTES else None
