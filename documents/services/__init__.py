"""Writes of collections and documents. Called by `api/`, `imports/` and `operations/`."""

from documents.services.collections import change_collection, create_collection, delete_collection, ensure_collection
from documents.services.declarations import UNCHANGED
from documents.services.documents import delete_document, store_documents

__all__ = [
    "UNCHANGED",
    "change_collection",
    "create_collection",
    "delete_collection",
    "delete_document",
    "ensure_collection",
    "store_documents",
]
