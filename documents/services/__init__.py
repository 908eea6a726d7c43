"""Writes of collections and documents. Called by `api/` and `imports/`."""

from documents.services.collections import create_collection, ensure_collection
from documents.services.documents import delete_document, store_documents
from documents.services.newer import NewerFields, store_newer_fields

__all__ = [
    "NewerFields",
    "create_collection",
    "delete_document",
    "ensure_collection",
    "store_documents",
    "store_newer_fields",
]
