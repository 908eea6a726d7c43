"""Every route of the API, read from the URL configuration: a test over all of them cannot forget a new one."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import URLPattern, get_resolver

from api.views import ApiView, PublicView

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """An address with `{name}` for what varies, and its view."""

    template: str
    view: type[ApiView]

    @property
    def names(self):
        return re.findall(r"{(\w+)}", self.template)

    @property
    def is_public(self):
        return issubclass(self.view, PublicView)

    @property
    def methods(self):
        return [method for method in METHODS if hasattr(self.view, method)]

    @property
    def body_methods(self):
        return [method for method in self.methods if method in {"post", "put", "patch"}]

    def address(self, values, query=""):
        """Fill in what varies and the parameters that must be given, but those that `query` gives."""
        needed = [each.name for each in self.view.parameters if each.required and not query.startswith(f"{each.name}=")]
        queries = [urlencode({name: values[name] for name in needed}), query]
        return "?".join([self.path(values), *filter(None, ["&".join(filter(None, queries))])])

    def path(self, values):
        return self.template.format(**{name: values[name] for name in self.names})


def all_routes():
    """Return every route but the admin's, as `Route`s."""
    return list(_walk(get_resolver().url_patterns, "/"))


def _walk(patterns, prefix):
    for pattern in patterns:
        address = prefix + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        if address.startswith("/admin/"):
            continue
        if isinstance(pattern, URLPattern):
            yield Route(address, pattern.callback.view_class)  # type: ignore[attr-defined]  # Django sets it
        else:
            yield from _walk(pattern.url_patterns, address)


ROUTES = all_routes()
# Files are as they are: neither JSON nor of a type that one asks for (test_job_files).
READABLE = [route for route in ROUTES if "get" in route.methods and not route.view.is_any_type]
WRITABLE = [route for route in ROUTES if route.body_methods]


def by_template(route):
    """Name a route in a test's id."""
    return route.template
