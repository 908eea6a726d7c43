"""Writes of collections and documents. Called by `api/`, `imports/` and `operations/`."""

from documents.services.changing import Written, create_document, patch_document, replace_document
from documents.services.collections import (
    change_collection,
    create_collection,
    delete_collection,
    ensure_collection,
    finish_deletion,
)
from documents.services.declarations import UNCHANGED
from documents.services.documents import delete_document, store_documents
from documents.services.newer import NewerFields, store_newer_fields

__all__ = [
    "UNCHANGED",
    "NewerFields",
    "Written",
    "change_collection",
    "create_collection",
    "create_document",
    "delete_collection",
    "delete_document",
    "ensure_collection",
    "finish_deletion",
    "patch_document",
    "replace_document",
    "store_documents",
    "store_newer_fields",
]
