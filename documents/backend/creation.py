"""Making and dropping the test database. Called by Django's test runner and pytest-django."""

import sys
from typing import Any, NoReturn

from djongo.creation import DatabaseCreation as DjongoCreation

from documents.backend.refusals import refused


class DatabaseCreation(DjongoCreation):  # type: ignore[misc] # djongo has no types
    """A MongoDB database comes to be with its first collection: making one is making sure that it is empty."""

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's
        name = str(self._get_test_db_name())
        if keepdb:
            return name
        self.connection.ensure_connection()
        client = self.connection.client_connection
        if name in client.list_database_names():
            self._confirm_clobber(name, autoclobber=autoclobber, verbosity=verbosity)
            client.drop_database(name)
        return name

    def _confirm_clobber(self, name: str, *, autoclobber: bool, verbosity: int) -> None:
        if verbosity >= 1:
            self.log(f"Destroying old test database {self._get_database_display_str(verbosity, name)}...")
        if not autoclobber and input(f"Type 'yes' to delete the database '{name}': ") != "yes":
            self.log("Tests cancelled.")
            sys.exit(1)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:  # noqa: ARG002 - Django's signature
        self.connection.ensure_connection()
        self.connection.client_connection.drop_database(test_database_name)

    def _clone_test_db(self, suffix: str, verbosity: int, keepdb: bool = False) -> NoReturn:  # noqa: ARG002, FBT001, FBT002 - Django's
        raise refused("clones of a test database", "run the tests in one process, or give each its own database")

    def test_db_signature(self) -> tuple[Any, ...]:
        """Tell test databases apart by server and name."""
        return (str(self.connection.settings_dict.get("CLIENT", {}).get("host")), self._get_test_db_name())
