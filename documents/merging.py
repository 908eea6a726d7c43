"""New fields over stored ones: RFC 7396's merge patch, and values that read as before keep their stored type. Pure.

JSON has no ObjectId, date, decimal or binary: what a caller sends back as the text that was read is still the stored
value. Called by services.
"""

from collections.abc import Mapping
from typing import Any

from documents.values import json_value


def merge_patch(target: Any, patch: Any) -> Any:
    """Return what a merge patch makes of a target: null removes, objects are merged, everything else replaces."""
    if not isinstance(patch, Mapping):
        return keep_types(patch, target)
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def keep_types(new: Any, stored: Any) -> Any:
    """Return a new value; what in it reads as the stored value in its place is that stored value."""
    if isinstance(new, Mapping) and isinstance(stored, Mapping):
        return {name: keep_types(value, stored[name]) if name in stored else value for name, value in new.items()}
    if isinstance(new, list) and isinstance(stored, list):
        return [*map(keep_types, new, stored), *new[len(stored) :]]
    shown = json_value(stored)
    return stored if type(shown) is type(new) and shown == new else new
