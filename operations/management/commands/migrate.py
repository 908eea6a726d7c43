"""`manage.py migrate`: all three stores one after the other, or the one that `--database` or the application names."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import InterfaceError, OperationalError, connections

from core.errors import StoreUnavailable
from core.exits import TriviumCommand
from routers import store_of


class Command(TriviumCommand, DjangoMigrate):
    """Django's command per store; nothing is printed or recorded for a store that was not touched."""

    help = "Migrate all three stores, or the one that --database or the application names."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's arguments; without --database every store is meant."""
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: Any) -> Any:
        """Run the system checks for the stores that are meant."""
        return {**super().get_check_kwargs(options), "databases": self._stores(options)}

    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command once per store; with --check or --plan the exit status is the worst one."""
        statuses = [self._migrate_store(alias, args, options) for alias in self._stores(options)]
        if any(statuses):
            sys.exit(max(statuses))

    def _stores(self, options: dict[str, Any]) -> list[str]:
        label, database = options["app_label"], options["database"]
        if label is None:
            return [database] if database else list(connections)
        if database and database != store_of(label):
            raise CommandError(f"'{label}' lives in '{store_of(label)}', not in '{database}': leave --database out")
        return [store_of(label)]

    def _migrate_store(self, alias: str, args: tuple[Any, ...], options: dict[str, Any]) -> int:
        if self._several(options) and options["verbosity"] >= 1:
            self.stdout.write(self.style.MIGRATE_HEADING(f"Store '{alias}' ({connections[alias].vendor})"))
        try:
            super().handle(*args, **{**options, "database": alias})
        except SystemExit as stop:
            return int(stop.code or 0)
        except (InterfaceError, OperationalError) as error:
            reason = str(error).splitlines()[0]
            raise StoreUnavailable(
                f"store '{alias}': {reason}; see TRIVIUM_*_URI or `make status`", store=alias
            ) from error
        return 0

    @staticmethod
    def _several(options: dict[str, Any]) -> bool:
        return options["database"] is None and options["app_label"] is None
