"""A child of a fork has connections of its own, and leaves its parent's alone."""

import pytest
from django.db import connection

from relational.models import User
from tests.children import run_in_child


def backend_pid():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_connects_anew_and_the_parent_goes_on():
    parents = backend_pid()

    def child():
        assert backend_pid() != parents
        assert User.objects.count() == 0
        connection.close()

    assert [run_in_child(child) for _ in range(3)] == [0, 0, 0]
    assert backend_pid() == parents
    assert User.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_control_a_shared_connection_is_noticed(monkeypatch):
    """Without the hook the child would use its parent's session: the test above tells the two apart."""
    parents = backend_pid()
    kept = connection.connection

    def child():
        connection.connection = kept
        assert backend_pid() != parents

    assert run_in_child(child) == 1
