"""Writes of streams, their settings and events. Called by `api/` and `imports/`."""

from timeseries.services.appending import AppendSummary, Wanted
from timeseries.services.chunks import AppendResult
from timeseries.services.column_rules import put_column_rules
from timeseries.services.ingest import append_events, append_lines
from timeseries.services.lookups import declare_lookup, delete_lookup
from timeseries.services.schemas import declare_schema, limit_usage
from timeseries.services.streams import add_actor_settings, add_stream_settings, change_stream, create_stream

__all__ = [
    "AppendResult",
    "AppendSummary",
    "Wanted",
    "add_actor_settings",
    "add_stream_settings",
    "append_events",
    "append_lines",
    "change_stream",
    "create_stream",
    "declare_lookup",
    "declare_schema",
    "delete_lookup",
    "limit_usage",
    "put_column_rules",
]
