"""The whole allow-list: imports every module that registers translators and lookups. Imported by the compilers."""

from documents.backend import dates, joins, json_paths, predicates, texts
from documents.backend.expressions import TRANSLATORS, translates
from documents.backend.lookups import BUILDERS
from documents.backend.predicates import condition_as_value

__all__ = ["BUILDERS", "TRANSLATORS", "dates", "joins", "json_paths", "predicates", "texts"]

translates(*BUILDERS)(condition_as_value)
