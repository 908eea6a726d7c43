"""djongo's cursor without its SQL: introspection passes it around, statements are refused."""

from typing import Any, NoReturn, Self

from djongo.cursor import Cursor as DjongoCursor

from documents.backend.refusals import refused


class Cursor(DjongoCursor):  # type: ignore[misc] # djongo has no types
    """Holds the database for introspection; runs no text."""

    def __enter__(self) -> Self:
        return self

    def execute(self, sql: str, params: Any = None) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse SQL text.

        Raises: NotSupportedError, always.
        """
        raise refused(f"SQL text ({sql[:60]!r})")

    def executemany(self, sql: str, params: Any = None) -> NoReturn:
        """Refuse SQL text.

        Raises: NotSupportedError, always.
        """
        self.execute(sql, params)

    @property
    def rowcount(self) -> int:
        """Return -1: no statement ran."""
        return -1
