"""Django's migration executor, kept to one store: what belongs to another store is neither run nor recorded.

Plain `migrate` on one alias prints OK for every application's migrations and records them, though the router let
nothing run. Here the migrations of other stores count as given (their dependencies hold), and never enter a plan.
Called by the command `migrate`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from routers import store_of

Target = tuple[str, str | None]
Plan = list[tuple[Migration, bool]]


class StoreLoader(MigrationLoader):
    """Every migration on disk; those of other stores count as applied."""

    def build_graph(self) -> None:
        """Load the graph, then take other stores' migrations as given and keep only our own leaves."""
        super().build_graph()
        if self.connection is None:
            return
        alias = self.connection.alias
        foreign = {key: node for key, node in self.graph.nodes.items() if store_of(key[0]) != alias}
        self.applied_migrations = {**self.applied_migrations, **foreign}
        every_leaf = self.graph.leaf_nodes
        self.graph.leaf_nodes = lambda app=None: [key for key in every_leaf(app) if store_of(key[0]) == alias]

    def check_consistent_history(self, connection: BaseDatabaseWrapper) -> None:
        """Refuse a history in which a migration of this store ran before one of its own store that it needs.

        Raises: InconsistentMigrationHistory, which names both.
        """
        for key in set(self.applied_migrations) & set(self.graph.nodes):
            for parent in self.graph.node_map[key].parents:
                if parent.key not in self.applied_migrations and store_of(key[0]) == connection.alias:
                    child, needed = ".".join(key), ".".join(parent.key)
                    raise InconsistentMigrationHistory(
                        f"{child} is applied on '{connection.alias}', {needed} that it needs is not",
                    )


class StoreExecutor(MigrationExecutor):
    """Runs and records the migrations of the connection's own store only."""

    def __init__(self, connection: BaseDatabaseWrapper, progress_callback: Callable[..., Any] | None = None) -> None:
        self.connection = connection
        self.loader = StoreLoader(connection)
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = progress_callback

    def migration_plan(
        self,
        targets: Sequence[Target] | set[tuple[str, str]],
        clean_start: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Plan:
        """Plan as Django does; a real plan (not the full one for the state) keeps to this store."""
        plan: Plan = super().migration_plan(targets, clean_start=clean_start)
        if clean_start:
            return plan
        return [step for step in plan if store_of(step[0].app_label) == self.connection.alias]
