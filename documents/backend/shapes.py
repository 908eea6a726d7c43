"""The allow-list of whole queries: what the compilers do not write is refused before anything runs. Called by them."""

from typing import Any

from django.db.models.sql.datastructures import BaseTable, Join

from documents.backend.refusals import refused

PREFETCHED = "_prefetch_related_val_"  # Django's own use of extra(): which row a many-to-many row was fetched for


def check_shape(query: Any) -> None:
    """Refuse a query that is more than a filter, joins, groups, order and slice.

    Raises: NotSupportedError, which names what to do instead.
    """
    if query.combinator:
        raise refused(f"{query.combinator}()", "run the queries apart and combine them in Python")
    if query.extra_tables or query.extra_order_by or not all(name.startswith(PREFETCHED) for name in query.extra):
        raise refused("extra()")
    if query.distinct_fields:
        raise refused("distinct() on named fields", "use order_by() and values(), or pymongo through documents.client")
    if query.explain_info:
        raise refused("explain()", "use pymongo's explain command through documents.client")
    if query.model is not None and query.get_meta().is_composite_pk:
        raise refused("composite primary keys", "use one field as the key and a UniqueConstraint")


def used_joins(query: Any) -> list[Join]:
    """List the joins a query uses, in the order in which they must be made.

    Raises: NotSupportedError for a join with conditions of its own.
    """
    sources = [source for alias, source in query.alias_map.items() if query.alias_refcount[alias]]
    return [_checked_join(source) for source in sources if type(source) is not BaseTable]


def _checked_join(source: Any) -> Join:
    if type(source) is not Join or len(vars(source)["join_fields"] or ()) != 1:
        raise refused("a join along several columns")
    if source.filtered_relation is not None:
        raise refused("FilteredRelation", "filter in the query, or use pymongo through documents.client")
    relation: Any = source.join_field
    if relation.get_extra_restriction(source.table_alias, source.parent_alias):
        raise refused("a join with conditions of its own (generic relations)")
    return source
