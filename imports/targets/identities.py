"""Identities: rows (user, source, key) that tie users to what other sources call them; missing users are made."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from imports.layouts import Layout
from imports.mapping import FieldMap
from imports.targets.base import Identity, Stored, Target
from imports.values import scalar_text
from relational import services

IdentityRow = tuple[str, str, str]


class Identities(Target[IdentityRow]):
    """Records as keys of users; a user made here cannot log in until given a password."""

    def __init__(self, fields: FieldMap) -> None:
        self._fields = fields

    def begin_file(self, data_set: str, layout: Layout, columns: Sequence[str] | None) -> None:
        """See Target."""
        del data_set, layout
        if columns is not None:
            self._fields.check_columns(columns)

    def make_row(self, fields: Mapping[str, Any], identify: Callable[[], Identity]) -> IdentityRow:
        """See Target; an identity is its own three values."""
        del identify
        user, source, key = (scalar_text(self._fields.read(fields, name), name) for name in ("user", "source", "key"))
        if not user:
            raise InvalidInput("user is empty", path="user")
        services.check_key(source, key)
        return user, source, key

    def prepare_store(self) -> None:
        """See Target; users are made batch by batch."""

    def store_rows(self, rows: Sequence[IdentityRow]) -> Stored:
        """See Target."""
        users = services.ensure_users(user for user, _, _ in rows)
        new = services.add_keys((users[user], source, key) for user, source, key in rows)
        return Stored(new=new, there=len(rows) - new)
