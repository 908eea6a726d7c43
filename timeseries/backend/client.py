"""`manage.py dbshell --database timeseries`: cqlsh. Called by `base`."""

from typing import Any

from django_cassandra_engine.base import CassandraDatabaseClient


class DatabaseClient(CassandraDatabaseClient):  # type: ignore[misc] # the engine has no types
    """Starts cqlsh, which asks for the password itself: a command line is everybody's to read."""

    executable_name = "cqlsh"

    @classmethod
    def settings_to_cmd_args_env(
        cls,
        settings_dict: dict[str, Any],
        parameters: list[str],
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the command line for a DATABASES entry."""
        address = [settings_dict["HOST"].split(",")[0], str(settings_dict["PORT"])]
        login = ["-u", settings_dict["USER"]] if settings_dict["USER"] else []
        tls = ["--ssl"] if settings_dict["OPTIONS"]["tls"] else []
        return [cls.executable_name, *address, *login, *tls, "-k", settings_dict["NAME"], *parameters], None

    def runshell(self, parameters: list[str]) -> None:
        """Run it as Django does, so that its exit status arrives."""
        super(CassandraDatabaseClient, self).runshell(parameters)
