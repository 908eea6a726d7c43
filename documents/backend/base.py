"""The DatabaseWrapper: djongo's, over the process's one client, with sessions, real transactions and bounded retries.

Called by Django for DATABASES entries whose ENGINE is `documents.backend`.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import stamina
from django.db.backends.base.base import BaseDatabaseWrapper
from djongo.base import DatabaseWrapper as DjongoWrapper
from djongo.base import DjongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from documents.backend.column_types import DATA_TYPES
from documents.backend.creation import DatabaseCreation
from documents.backend.cursor import Cursor
from documents.backend.features import DatabaseFeatures
from documents.backend.foreign_keys import Gone, check_gone
from documents.backend.introspection import DatabaseIntrospection
from documents.backend.operations import DatabaseOperations
from documents.backend.refusals import DRIVER_ERRORS, django_error, is_transient, refused
from documents.backend.schema import DatabaseSchemaEditor
from documents.client import Client, mongo_client

T = TypeVar("T")
Work = Callable[[ClientSession | None], T]
MAX_ATTEMPTS = 8
MAX_RETRY_S = 10.0


class DatabaseWrapper(DjongoWrapper):  # type: ignore[misc] # djongo has no types
    """One thread's handle on the process's client: a database, and a session while a transaction runs."""

    vendor = "mongodb"
    display_name = "MongoDB"
    data_types = DATA_TYPES
    SchemaEditorClass = DatabaseSchemaEditor
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    connection: Any
    savepoint_ids: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session: ClientSession | None = None
        self.statements_in_transaction = 0
        self.checks_foreign_keys = True
        self.gone: Gone = {}
        self._owner_pid = 0

    # -- life of a connection ----------------------------------------------------------------------------------------

    def get_connection_params(self) -> dict[str, Any]:
        """Return the database's name and MongoClient's options."""
        return {"name": self.settings_dict["NAME"], "client": dict(self.settings_dict.get("CLIENT", {}))}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Database[dict[str, Any]]:
        """Return the database on the process's client; no server is asked."""
        self._owner_pid = os.getpid()
        self.client_connection: Client = mongo_client(conn_params["client"])
        database = self.client_connection[conn_params["name"]]
        self.djongo_connection = DjongoClient(database, enforce_schema=True)
        return database

    def init_connection_state(self) -> None:
        """Set nothing up: djongo would configure logging here."""

    def ensure_connection(self) -> None:
        """Connect; what a forked child inherited is forgotten first, never closed: it is the parent's."""
        if self.connection is not None and self._owner_pid != os.getpid():
            self.connection, self.session, self.gone = None, None, {}
            self.in_atomic_block, self.needs_rollback, self.savepoint_ids = False, False, []
        BaseDatabaseWrapper.ensure_connection(self)

    @property
    def database(self) -> Database[dict[str, Any]]:
        """Return the database, connecting if need be."""
        self.ensure_connection()
        database: Database[dict[str, Any]] = self.connection
        return database

    def create_cursor(self, name: str | None = None) -> Cursor:  # noqa: ARG002 - Django's signature
        """Return a cursor for introspection; it runs no text."""
        return Cursor(self.client_connection, self.connection, self.djongo_connection)

    def is_usable(self) -> bool:
        """Tell whether the server answers."""
        try:
            self.database.command("ping")
        except PyMongoError:
            return False
        return True

    def get_database_version(self) -> tuple[int, ...]:
        """Return the server's version, e.g. (6, 0, 5)."""
        return tuple(self.database.client.server_info()["versionArray"][:3])

    def _close(self) -> None:
        """Give back the session; the client is shared by every thread of the process."""
        self._end_session()

    # -- transactions ------------------------------------------------------------------------------------------------

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        self._end_session()
        if not autocommit:
            self._begin()

    def _begin(self) -> None:
        self.session = self.client_connection.start_session()
        self.session.start_transaction()
        self.statements_in_transaction = 0

    def _end_session(self) -> None:
        session, self.session = self.session, None
        self.gone = {}
        if session is not None and self._owner_pid == os.getpid():
            session.end_session()

    def _commit(self) -> None:
        if self.session is not None and self.session.in_transaction:
            with self.driver_errors():
                check_gone(self, self.gone, self.session)
                self._commit_repeatedly(self.session)
            self.gone = {}

    @staticmethod
    def _commit_repeatedly(session: ClientSession) -> None:
        """Commit; where the answer was lost the same commit is sent again, which the server knows to be the same."""

        def is_unknown(error: Exception) -> bool:
            return isinstance(error, PyMongoError) and error.has_error_label("UnknownTransactionCommitResult")

        for attempt in stamina.retry_context(on=is_unknown, attempts=3, timeout=MAX_RETRY_S, wait_initial=0.02):
            with attempt:
                session.commit_transaction()

    def _rollback(self) -> None:
        self.gone = {}
        if self.session is not None and self.session.in_transaction:
            with self.driver_errors():
                self.session.abort_transaction()

    # -- statements --------------------------------------------------------------------------------------------------

    def run(self, work: Work[T], *, name: str | Callable[[], str], is_multiple: bool = False) -> T:
        """Run one statement and return what it returns.

        `work` gets the session to use; `name` is for the query log, a function where it is long. Outside atomic(), a
        statement on several documents (`is_multiple`) has a transaction of its own, so that it is done whole or not at
        all; conflicts with other writers are retried within MAX_ATTEMPTS and MAX_RETRY_S. Inside, only the first
        statement can be retried: the server has thrown away what came before, so later ones raise OperationalError and
        the block is the caller's to repeat.

        Raises: django.db errors; TransactionManagementError in a block that broke before.
        """
        self.ensure_connection()
        self.validate_no_broken_transaction()
        started = time.monotonic()
        try:
            with self.driver_errors():
                return self._attempts(work, is_multiple=is_multiple)
        finally:
            if self.queries_logged:
                text = name() if callable(name) else name
                self.queries_log.append({"sql": text, "time": f"{time.monotonic() - started:.3f}"})

    def _attempts(self, work: Work[T], *, is_multiple: bool) -> T:
        result: list[T] = []
        for attempt in stamina.retry_context(
            on=self._is_worth_retrying,
            attempts=MAX_ATTEMPTS,
            timeout=MAX_RETRY_S,
            wait_initial=0.01,
            wait_max=0.5,
            wait_jitter=0.05,
        ):
            with attempt:
                result.append(self._attempt(work, is_multiple=is_multiple))
        return result[-1]

    def _attempt(self, work: Work[T], *, is_multiple: bool) -> T:
        if self.session is not None:
            if not self.session.in_transaction:
                self.session.start_transaction()
            result = work(self.session)
            self.statements_in_transaction += 1
            return result
        if not is_multiple:
            return work(None)
        with self.client_connection.start_session() as session, session.start_transaction():
            return work(session)

    def _is_worth_retrying(self, error: Exception) -> bool:
        if not is_transient(error):
            return False
        if self.session is None:
            return True
        if self.statements_in_transaction == 0 and self.session.in_transaction:
            self.session.abort_transaction()
            return True
        return False

    @contextmanager
    def driver_errors(self) -> Iterator[None]:
        """Raise Django's errors for the driver's; in a transaction the server has then given up the whole of it."""
        try:
            yield
        except DRIVER_ERRORS as error:
            if self.in_atomic_block:
                self.needs_rollback = True
            raise django_error(error) from error

    def settle(self, gone: Gone, session: ClientSession | None) -> None:
        """Look for rows that point to what a statement took away: now, or before the block's commit.

        Raises: IntegrityError.
        """
        if self.session is None:
            check_gone(self, gone, session)
        for field, keys in gone.items() if self.session is not None else ():
            self.gone.setdefault(field, set()).update(keys)

    def disable_constraint_checking(self) -> bool:
        """Stop looking up foreign keys (loaddata does, for rows that point forward)."""
        self.checks_foreign_keys = False
        return True

    def enable_constraint_checking(self) -> None:
        """Look up foreign keys again."""
        self.checks_foreign_keys = True

    def schema_editor(self, *args: Any, **kwargs: Any) -> Any:
        """Return the editor of tables.

        Raises: NotSupportedError inside atomic(): MongoDB's DDL takes effect at once and would not be rolled back.
        """
        if self.in_atomic_block and not kwargs.get("collect_sql"):
            raise refused("DDL inside atomic()", "run migrations and schema editors outside of transactions")
        return super().schema_editor(*args, **kwargs)
