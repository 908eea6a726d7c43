"""Announcing an end: what an address that will go says in every answer (docs/api.md, "Versions").

A view names its `deprecated = Deprecation(…)`; OpenAPI then marks its operations, too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.http import http_date


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an address is not to be used any more, when it will answer no longer, and where the reason stands.

    Source: RFC 9745 (Deprecation), RFC 8594 (Sunset).
    """

    since: datetime
    sunset: datetime
    link: str

    def tell(self, headers: Any) -> None:
        """Set Deprecation and Sunset, and add to Link where the reason stands."""
        headers["Deprecation"] = f"@{int(self.since.timestamp())}"
        headers["Sunset"] = http_date(self.sunset.timestamp())
        links = f'<{self.link}>; rel="deprecation", <{self.link}>; rel="sunset"'
        headers["Link"] = f"{headers['Link']}, {links}" if "Link" in headers else links
