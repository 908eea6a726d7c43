"""One adapter per store, over its selectors, behind one interface. Called by `query.engine`, on workers' threads."""

from collections.abc import Mapping
from types import MappingProxyType

from query.sources.base import Found, Item, Request, Source
from query.sources.documents import DocumentsSource
from query.sources.relational import RelationalSource
from query.sources.timeseries import TimeseriesSource

SOURCES: Mapping[str, Source] = MappingProxyType(
    {"default": RelationalSource(), "documents": DocumentsSource(), "timeseries": TimeseriesSource()},
)

__all__ = ["SOURCES", "Found", "Item", "Request", "Source"]
