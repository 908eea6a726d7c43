"""A silent server is not waited for without end, and a server that was started anew is found without an error."""

import threading

import psycopg
import pytest
from django.db import connection, connections

from core.errors import StoreTimeout
from relational.connections import bounded_waits
from relational.models import User
from relational.translation import translated_errors

pytestmark = pytest.mark.django_db(transaction=True)


def sleep(seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_a_silent_server_is_left_after_the_bound_and_the_next_question_is_answered():
    with bounded_waits(0.3):
        with pytest.raises(StoreTimeout, match="did not answer within 0.3 s"), translated_errors():
            sleep(60)
        connection.close()
        assert User.objects.count() == 0


def test_without_a_bound_an_answer_is_waited_for():
    sleep(0.5)
    with bounded_waits(5):
        sleep(0.5)
    assert User.objects.count() == 0


def use_connections(count):
    """Leave so many idle ones in the pool."""
    everyone_has_one = threading.Barrier(count)

    def use():
        User.objects.count()
        everyone_has_one.wait(30)
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_connections_that_the_server_closed_are_not_handed_out():
    """Also where many were idle: the pool alone would try one after the other, and give up after three."""
    use_connections(8)
    parameters = connection.get_connection_params()
    parameters.pop("pool", None)
    connection.close()
    with psycopg.connect(**parameters, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = user AND pid <> pg_backend_pid()"
        )
        assert len(ended.fetchall()) >= 8
    assert User.objects.count() == 0
