"""Texts put together. Registered with `expressions`."""

from typing import Any

from django.db.models.functions import Concat
from django.db.models.functions.text import ConcatPair

from documents.backend.column_types import is_text
from documents.backend.expressions import output_kind, translate, translates
from documents.backend.refusals import refused
from documents.backend.scope import Scope


@translates(Concat)
def _concat(function: Concat, scope: Scope) -> Any:
    (pair,) = function.get_source_expressions()
    return translate(pair, scope)


@translates(ConcatPair)
def _concat_pair(function: ConcatPair, scope: Scope) -> Any:
    sources = function.get_source_expressions()
    for source in sources:
        if not is_text(source.output_field):
            raise refused(f"the concatenation of a {output_kind(source)}")
    return {"$concat": [{"$ifNull": [translate(source, scope), ""]} for source in sources]}
