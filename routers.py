"""Which application lives in which store: one table, one router over it, and the system checks that prove both.

Called by Django (DATABASE_ROUTERS) and by whoever must know an application's store. What is not in the table lives on
no store but `default`, and only when its code is not ours (Django's own and third-party applications).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.models import Field, Model

DEFAULT_STORE = "default"
PROJECT_ROOT = Path(__file__).resolve().parent

# Application label -> store alias. Every local application with models or migrations stands here, once.
ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "relational": "default",
        "documents": "documents",
        "timeseries": "timeseries",
    },
)


def store_of(app_label: str) -> str:
    """Name the store alias of an application; what is not in ROUTES belongs to PostgreSQL."""
    return ROUTES.get(app_label, DEFAULT_STORE)


class StoreRouter:
    """One deployment mode: each application in exactly one store, no relations across stores."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        """Name the store that holds the model."""
        return store_of(model._meta.app_label)

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        """Name the store that holds the model."""
        return store_of(model._meta.app_label)

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        """Allow a relation only within one store."""
        return store_of(one._meta.app_label) == store_of(other._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Allow an application's migrations on its own store and nowhere else."""
        return store_of(app_label) == db


@register("stores")
def check_routes(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Prove that each route's alias exists, each local application is routed, and no foreign key crosses stores."""
    configs = list(app_configs or apps.get_app_configs())
    return [*_unknown_aliases(), *_unrouted_applications(configs), *_crossing_relations(configs)]


def _unknown_aliases() -> list[CheckMessage]:
    return [
        Error(
            f"ROUTES sends '{label}' to the alias '{alias}', which DATABASES does not have.",
            hint=f"Add '{alias}' to settings/components/databases.py or mend ROUTES in routers.py.",
            id="stores.E001",
        )
        for label, alias in ROUTES.items()
        if alias not in settings.DATABASES
    ]


def _unrouted_applications(configs: Sequence[AppConfig]) -> list[CheckMessage]:
    return [
        Error(
            f"The local application '{config.label}' has models or migrations and no route.",
            hint=f"Add '{config.label}' to ROUTES in routers.py.",
            obj=config,
            id="stores.E002",
        )
        for config in configs
        if _is_local(config) and _is_stored(config) and config.label not in ROUTES
    ]


def _crossing_relations(configs: Sequence[AppConfig]) -> list[CheckMessage]:
    return [
        Error(
            f"{field} relates '{config.label}' to '{target}', which lives in another store.",
            hint="Keep the other thing's id in a plain field and declare a link in query/links.py.",
            obj=model,
            id="stores.E003",
        )
        for config in configs
        for model in config.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, Field) and (target := _related_label(field)) is not None
        if store_of(target) != store_of(config.label)
    ]


def _related_label(field: "Field[Any, Any]") -> str | None:
    related = field.related_model if field.is_relation else None
    return related._meta.app_label if isinstance(related, type) and issubclass(related, Model) else None


def _is_local(config: AppConfig) -> bool:
    path = Path(config.path).resolve()
    return path.parent == PROJECT_ROOT


def _is_stored(config: AppConfig) -> bool:
    return any(True for _ in config.get_models()) or (Path(config.path) / "migrations").is_dir()
