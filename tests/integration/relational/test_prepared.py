"""Prepared statements run on Django's connection: in its transaction, in its log, with its errors."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction

from core.errors import Conflict, InvalidInput
from relational.models import Team
from relational.prepared import fetch_rows
from relational.translation import translated_errors

pytestmark = pytest.mark.django_db


def test_values_come_as_what_they_are():
    sql = """SELECT %(id)s::uuid, 1.5000::numeric, '{"a": [1]}'::jsonb, timestamptz '2026-01-31T13:00+01',
      ARRAY[1.5, -2]::numeric[], %(nothing)s::text"""
    (row,) = fetch_rows(sql, {"id": UUID(int=1), "nothing": None})
    assert row[:3] == (UUID(int=1), Decimal("1.5000"), {"a": [1]})
    assert str(row[1]) == "1.5000"
    assert row[3] == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert row[4:] == ([Decimal("1.5"), Decimal(-2)], None)


def test_a_statement_sees_the_open_transaction_and_is_logged(django_assert_num_queries):
    Team.objects.create(name="owls")
    with django_assert_num_queries(1):
        assert fetch_rows("SELECT name FROM relational_team WHERE name = %s", ["owls"]) == [("owls",)]


def test_the_second_run_on_a_connection_is_prepared():
    for _ in range(2):
        fetch_rows("SELECT 'prepared here', %s::int", [1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%prepared here%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("INSERT INTO relational_team (id, name, created) VALUES (%s, 'twice', now()) RETURNING id", Conflict),
        ("SELECT 1 / (length(%s::text) - 36)", InvalidInput),
    ],
)
def test_errors_are_translated(sql, error):
    Team.objects.create(name="twice")
    with pytest.raises(error), translated_errors(), transaction.atomic():
        fetch_rows(sql, [UUID(int=1)])
