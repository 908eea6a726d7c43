"""The two stores of the matrix, filled alike."""

from types import SimpleNamespace

import pytest

from tests.integration.documents.matrix.rows import empty, fill, store


@pytest.fixture(scope="module")
def filled_stores(django_db_setup, django_db_blocker):
    """PostgreSQL and MongoDB with the matrix's rows, for tests that only read."""
    with django_db_blocker.unblock():
        stores = SimpleNamespace(relational=store("matrix_relational"), documents=store("matrix_documents"))
        for m in vars(stores).values():
            empty(m)
            fill(m)
        yield stores
        for m in vars(stores).values():
            empty(m)


@pytest.fixture
def fresh_stores(django_db_setup, django_db_blocker):
    """PostgreSQL and MongoDB with the matrix's rows, for tests that write."""
    with django_db_blocker.unblock():
        stores = SimpleNamespace(relational=store("matrix_relational"), documents=store("matrix_documents"))
        for m in vars(stores).values():
            empty(m)
            fill(m)
        yield stores
        for m in vars(stores).values():
            m.connection.close()
            empty(m)


@pytest.fixture
def passing_stores(db):
    """PostgreSQL and MongoDB with the matrix's rows inside the test's own transactions, which are rolled back."""
    stores = SimpleNamespace(relational=store("matrix_relational"), documents=store("matrix_documents"))
    for m in vars(stores).values():
        empty(m)
        fill(m)
    return stores
