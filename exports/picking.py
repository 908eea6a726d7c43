"""Rows of a page changed or left out before they are written: column rules, then conditions. Called by `reading`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from formats import PageValues
from native import PORTABLE
from timeseries.column_rules import Mask
from timeseries.filters import Filters
from timeseries.paths import COLUMNS, PAYLOAD
from timeseries.scan import Page


def masked(page: Page, masks: Mapping[str, Mask]) -> Page:
    """Return the page with its rows as the rules of their streams show them: as JSON texts, whatever it was."""
    values = PageValues(page)
    if not set(values.column("stream")) & masks.keys():
        return page
    columns = [[_plain(value) for value in values.column(name)] for name in page.columns]
    rows = (dict(zip(page.columns, row, strict=True)) for row in zip(*columns, strict=True))
    texts = [orjson.dumps(masks[row["stream"]].apply(row) if row["stream"] in masks else row).decode() for row in rows]
    return replace(page, body=texts, kind=PORTABLE, mask=None, rows=len(texts), body_rows=len(texts))


def filtered(page: Page, filters: Filters) -> Page:
    """Return the page with only the rows that meet all conditions."""
    values = PageValues(page)
    columns = [values.column(name) if name in filters.columns else [None] * page.rows for name in (*COLUMNS, PAYLOAD)]
    columns[-1] = [_plain(payload) for payload in columns[-1]]
    found = iter([filters.matches(row) for row in zip(*columns, strict=True)])
    kept = page.mask or b"\1" * page.body_rows
    return page.keeping(bytes(next(found) if is_kept else 0 for is_kept in kept))


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
