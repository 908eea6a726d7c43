"""System checks of the declared links: a link that cannot be followed is told at start, not by an empty answer."""

from collections import Counter
from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from core.errors import InvalidInput
from query.links import Link, faults_of, parse_links, settings_entries

WHERE = "TRIVIUM_LINKS stands in settings/components/links.py; docs/mixed-queries.md says how a link is written."


@register("query")
def check_links(app_configs: Sequence[AppConfig] | None = None, **_options: object) -> list[CheckMessage]:
    """Prove that each link can be read, names what exists, converts between the right types, and has its own name."""
    del app_configs  # links belong to no application
    try:
        links = parse_links(settings_entries())
    except InvalidInput as error:
        return [Error(f"{error.path}: {error.message}.", hint=WHERE, id="query.E001")]
    return [*_faulty_links(links), *_repeated_names(links)]


def _faulty_links(links: Sequence[Link]) -> list[CheckMessage]:
    return [
        Error(f"The link '{link.name}' cannot be followed: {fault}.", hint=f"{remedy} {WHERE}", id="query.E002")
        for link in links
        for fault, remedy in faults_of(link)
    ]


def _repeated_names(links: Sequence[Link]) -> list[CheckMessage]:
    return [
        Error(f"{count} links are named '{name}'.", hint=f"Give each its own name. {WHERE}", id="query.E003")
        for name, count in Counter(link.name for link in links).items()
        if count > 1
    ]
