"""`manage.py showmigrations`: what is applied in each store, of that store's own applications."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.showmigrations import Command as DjangoShowMigrations
from django.db import InterfaceError, OperationalError, connections
from django.db.migrations.loader import MigrationLoader

from core.errors import StoreUnavailable
from core.exits import TriviumCommand
from routers import store_of


class Command(TriviumCommand, DjangoShowMigrations):
    """Django's list or plan once per store; without --database every store is meant."""

    help = "Show the migrations of all three stores, or of one (--database), and which are applied."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's arguments; without --database every store is meant."""
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command once per store, with the applications that live there."""
        labels = options["app_label"] or sorted(MigrationLoader(None, ignore_no_migrations=True).migrated_apps)
        for alias in [options["database"]] if options["database"] else list(connections):
            own = [label for label in labels if store_of(label) == alias]
            if own:
                self._show_store(alias, args, {**options, "app_label": own, "database": alias})

    def _show_store(self, alias: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"Store '{alias}' ({connections[alias].vendor})"))
        try:
            super().handle(*args, **options)
        except (InterfaceError, OperationalError) as error:
            reason = str(error).splitlines()[0]
            raise StoreUnavailable(
                f"store '{alias}': {reason}; see TRIVIUM_*_URI or `make status`", store=alias
            ) from error
