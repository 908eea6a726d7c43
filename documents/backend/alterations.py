"""Which changes of a column the schema editor makes; the rest is refused before anything changes; for `schema`."""

from typing import Any

from django.db.models import CheckConstraint, Model

from documents.backend.column_types import INTEGER_RANGES, TEXT_TYPES, internal_type, stored_field
from documents.backend.refusals import refused

MIGRATE_BY_HAND = "add a new column, copy with RunPython and documents.client, remove the old one"


def check_alteration(model: type[Model], old_field: Any, new_field: Any) -> None:
    """Refuse a change of what a column is kept as.

    Raises: NotSupportedError, which names the change.
    """
    if old_field.many_to_many or new_field.many_to_many:
        _check_many_to_many(old_field, new_field)
        return
    if old_field.primary_key != new_field.primary_key:
        raise refused(f"a change of the primary key ({new_field})", MIGRATE_BY_HAND)
    if (old_field.column is None) != (new_field.column is None):
        raise refused(f"a change between a column and none ({new_field})", MIGRATE_BY_HAND)
    if old_field.column is not None:
        _check_kind(old_field, new_field)
        _check_name(model, old_field, new_field)


def _check_many_to_many(old_field: Any, new_field: Any) -> None:
    if not (old_field.many_to_many and new_field.many_to_many):
        raise refused(f"a change between a many-to-many field and a column ({new_field})", MIGRATE_BY_HAND)
    old, new = old_field.remote_field.through._meta, new_field.remote_field.through._meta
    if old.db_table != new.db_table:
        raise refused(f"a change of a many-to-many field's table ({new_field})", MIGRATE_BY_HAND)


def _check_kind(old_field: Any, new_field: Any) -> None:
    old, new = internal_type(old_field), internal_type(new_field)
    alike = old == new or any({old, new} <= kinds for kinds in (TEXT_TYPES, set(INTEGER_RANGES)))
    if not alike:
        raise refused(f"a change of type from {old} to {new} ({new_field})", MIGRATE_BY_HAND)
    if new == "DecimalField" and stored_field(old_field).decimal_places != stored_field(new_field).decimal_places:  # type: ignore[attr-defined] # its own
        raise refused(f"a change of decimal places ({new_field})", MIGRATE_BY_HAND)


def _check_name(model: type[Model], old_field: Any, new_field: Any) -> None:
    has_checks = any(isinstance(constraint, CheckConstraint) for constraint in model._meta.constraints)
    if old_field.column != new_field.column and has_checks:
        raise refused(f"a rename of {old_field} beside check constraints", "remove them before, add them after")
