"""Migrating back before the outbox: refused while that would lose what is not delivered.

Called before a plan is begun (`relational.apps`), so that a refusal changes nothing, and by the migration that drops
the tables, which holds off whoever writes to them meanwhile.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import connections, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration

from core.errors import Conflict
from relational.translation import STORE, translated_errors

MADE_BY = ("relational", "0003_owners_and_outbox")
HOLD_OFF = "LOCK TABLE relational_outboxmessage"
UNDELIVERED = "SELECT count(*) FROM relational_outboxmessage WHERE state <> 'delivered'"


def check_plan(*, plan: list[tuple[Migration, bool]], **_signal: Any) -> None:
    """Refuse a plan that would drop messages which are not delivered. Raises: Conflict, StoreError."""
    if any(backwards and (migration.app_label, migration.name) == MADE_BY for migration, backwards in plan):
        with translated_errors(), transaction.atomic(using=STORE):
            check_all_delivered()


def check_before_dropping(_apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Check once more, in the transaction that drops the tables; the reverse of a RunPython. Raises: Conflict."""
    check_all_delivered()


def check_all_delivered() -> None:
    """Let nobody write messages until the open transaction ends, and refuse if one is left. Raises: Conflict."""
    with connections[STORE].cursor() as cursor:
        cursor.execute(HOLD_OFF)
        cursor.execute(UNDELIVERED)
        (left,) = cursor.fetchone()
    if left:
        subject = "1 message of the outbox is" if left == 1 else f"{left} messages of the outbox are"
        raise Conflict(
            f"{subject} not delivered and would be lost with its tables: let `manage.py relay --once` deliver, "
            "look with `manage.py outbox status`, replay what is dead, then migrate back"
        )
