"""Django's compilers, writing pipelines. Django finds them by name (`compiler_module`); rows come out as from SQL."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn

from bson import Decimal128, Int64
from django.db.models.expressions import OrderBy, Ref
from django.db.models.sql import compiler as django_compiler
from django.db.models.sql.compiler import PositionRef
from django.db.models.sql.constants import CURSOR, GET_ITERATOR_CHUNK_SIZE, MULTI, NO_RESULTS, SINGLE
from pymongo.client_session import ClientSession

from documents.backend import language
from documents.backend.expressions import translate
from documents.backend.grouping import Stage, group_stages
from documents.backend.joins import join_stages
from documents.backend.ordering import sort_stages
from documents.backend.predicates import ALWAYS, NEVER, matches
from documents.backend.refusals import refused
from documents.backend.scope import Scope
from documents.backend.shapes import check_shape, used_joins
from documents.backend.writes import delete_rows, insert_rows, lock_rows, update_rows

Row = tuple[Any, ...]
__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
    "language",
]


class SQLCompiler(django_compiler.SQLCompiler):
    """SELECT as one aggregation pipeline whose documents have the fields c0, c1, …, one per selected expression."""

    # Django sets these; the stubs lack them or know the base wrapper only.
    connection: Any
    select: Any
    where: Any
    having: Any
    elide_empty: bool
    col_count: Any
    _meta_ordering: Any

    def as_sql(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: there is no SQL. Django asks when this query stands inside another.

        Raises: NotSupportedError, always.
        """
        raise refused("a query inside another, or its SQL", "run the inner query first: list(...)")

    def compile(self, node: Any) -> tuple[str, tuple[Any, ...]]:
        """Name an expression, so that Django can tell equal ones; nothing is ever run from the name."""
        if isinstance(node, OrderBy):
            name, identity = self.compile(node.expression)
            return f"{name} {'DESC' if node.descending else 'ASC'}", identity
        if isinstance(node, (Ref, PositionRef)):
            return self.compile(vars(node)["source"])
        return repr(node), (_identity(node),)

    # -- the pipeline ------------------------------------------------------------------------------------------------

    def stages(self, *, with_col_aliases: bool = False) -> list[Stage]:
        """Return the pipeline of this query.

        Raises: NotSupportedError for what is not on the allow-list.
        """
        check_shape(self.query)
        extra_select, order_by, group_by = self.pre_sql_setup(with_col_aliases=with_col_aliases)
        scope = Scope(self.connection, self.query.get_initial_alias())
        stages = [*join_stages(used_joins(self.query), scope), *match_stage(self.where, scope)]
        selected = [_unordered(expression) for expression, _, _ in [*self.select, *extra_select]]
        orderings: list[Any] = [ordering for ordering, _ in order_by]
        if self._is_grouped(selected):
            grouping, scope = group_stages(group_by, [*selected, *orderings, self.having], scope)
            stages += [*grouping, *match_stage(self.having, scope)]
        return [*stages, *self._selection(selected, orderings, scope)]

    def _is_grouped(self, selected: list[Any]) -> bool:
        return self.query.group_by is not None or any(expression.contains_aggregate for expression in selected)

    def _selection(self, selected: list[Any], orderings: list[Any], scope: Scope) -> list[Stage]:
        project = project_stage(selected, scope)
        if not self.query.distinct:
            return [*sort_stages(orderings, scope), *self._slice(), project]
        row = {f"c{number}": {"$ifNull": [f"$c{number}", None]} for number in range(len(selected))}
        distinct: list[Stage] = [{"$group": {"_id": row}}, {"$replaceRoot": {"newRoot": "$_id"}}]
        rows = Scope(
            self.connection, scope.base, {item: f"c{number}" for number, item in enumerate(selected)}, is_grouped=True
        )
        return [project, *distinct, *sort_stages(orderings, rows), *self._slice()]

    def _slice(self) -> list[Stage]:
        stages: list[Stage] = [{"$skip": self.query.low_mark}] if self.query.low_mark else []
        if self.query.high_mark is not None:
            count = self.query.high_mark - self.query.low_mark
            stages.append({"$limit": count} if count > 0 else {"$match": NEVER})
        return stages

    def get_group_by(self, select: list[Any], order_by: list[Any]) -> list[Any]:
        """Return the expressions to group by: those asked for, and each plain one in select, order and having."""
        if self.query.group_by is None:
            return []
        asked = [] if self.query.group_by is True else [self._resolved(item) for item in self.query.group_by]
        of_select = [column for item, _, _ in select for column in item.get_group_by_cols()]
        orderings = [] if self._meta_ordering else [item for item, (_, _, is_ref) in order_by if not is_ref]
        of_order = [column for item in orderings for column in item.get_group_by_cols()]
        of_having = self.having.get_group_by_cols() if self.having else []
        return list(dict.fromkeys([*asked, *of_select, *of_order, *of_having]))

    def _resolved(self, item: Any) -> Any:
        expression = item if hasattr(item, "as_sql") else self.query.resolve_ref(item)
        return vars(expression)["source"] if isinstance(expression, Ref) else expression

    # -- running it --------------------------------------------------------------------------------------------------

    def execute_sql(
        self,
        result_type: str | None = MULTI,
        chunked_fetch: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        chunk_size: int = GET_ITERATOR_CHUNK_SIZE,
    ) -> Any:
        """Run the query: chunks of rows for MULTI, a row or None for SINGLE.

        Raises: NotSupportedError before anything runs; django.db errors.
        """
        if result_type == CURSOR:
            raise refused("a bare cursor")
        stages = self.stages()
        if result_type in {None, NO_RESULTS}:
            return None
        if self.query.select_for_update:
            lock_rows(self)
        if result_type == SINGLE:
            return next(self.rows([*stages, {"$limit": 1}]), None)
        if chunked_fetch:
            return _chunks(self.rows(stages), chunk_size)
        return [list(self.rows(stages))]

    def rows(self, stages: list[Stage]) -> Iterator[Row]:
        """Run the pipeline and give its rows, width first known from the select."""
        database, model = self.connection.database, self.query.model

        def aggregate(session: ClientSession | None) -> Any:
            if model is None:  # a constraint checked against values alone
                return database.aggregate([{"$documents": [{}]}, *stages], session=session)
            return database[model._meta.db_table].aggregate(stages, session=session)

        table = "" if model is None else f".{model._meta.db_table}"
        cursor = self.connection.run(aggregate, name=lambda: f"db{table}.aggregate({stages!r})")
        width = self.col_count
        with self.connection.driver_errors(), cursor:
            for document in cursor:
                yield tuple(_plain(document.get(f"c{number}")) for number in range(width))


class SQLAggregateCompiler(SQLCompiler, django_compiler.SQLAggregateCompiler):
    """Aggregates over the rows of an inner query (a slice, distinct rows, groups)."""

    def stages(self, *, with_col_aliases: bool = False) -> list[Stage]:  # noqa: ARG002 - the parent's signature
        """Return the inner query's pipeline and one group over its rows."""
        wanted = list(self.query.annotation_select.values())
        self.col_count = len(wanted)
        _check_empty_values(wanted)
        inner = self.query.inner_query.get_compiler(self.using, elide_empty=self.elide_empty)
        stages = inner.stages(with_col_aliases=True)
        named = {alias: f"c{number}" for number, (_, _, alias) in enumerate(inner.select) if alias}
        grouping, scope = group_stages([], wanted, Scope(self.connection, "", named=named, is_grouped=True))
        return [*stages, *grouping, project_stage(wanted, scope)]

    def rows(self, stages: list[Stage]) -> Iterator[Row]:
        """Run the pipeline on the inner query's table."""
        self.query.get_initial_alias()
        return super().rows(stages)


class SQLInsertCompiler(SQLCompiler, django_compiler.SQLInsertCompiler):
    """INSERT as one insert_many; every row's id comes back."""

    def execute_sql(self, returning_fields: Any = None) -> list[Row]:  # type: ignore[override] # as Django's own
        """Insert the rows and return the values of `returning_fields`, row by row.

        Raises: NotSupportedError for ignore_conflicts and update_conflicts; django.db errors.
        """
        return insert_rows(self, returning_fields)


class SQLDeleteCompiler(SQLCompiler, django_compiler.SQLDeleteCompiler):
    """DELETE as delete_many."""

    def execute_sql(self, result_type: str | None = MULTI, *_args: Any, **_kwargs: Any) -> int:  # type: ignore[override] # noqa: ARG002
        """Delete the rows and return how many there were.

        Raises: NotSupportedError before anything runs; django.db errors.
        """
        return delete_rows(self)


class SQLUpdateCompiler(SQLCompiler, django_compiler.SQLUpdateCompiler):
    """UPDATE as update_many, by a pipeline where a value is computed."""

    def execute_sql(self, result_type: str | None = MULTI, *_args: Any, **_kwargs: Any) -> int:  # type: ignore[override]
        """Update the rows, then those of parent models, and return how many there were.

        Raises: NotSupportedError before anything runs; django.db errors.
        """
        count = update_rows(self)
        for query in self.query.get_related_updates():
            count = query.get_compiler(self.using).execute_sql(result_type) or count
        return count


def match_stage(condition: Any, scope: Scope) -> list[Stage]:
    """Return the `$match` of a condition, or nothing where it is always true."""
    found = ALWAYS if condition is None else matches(condition, scope)
    return [] if found == ALWAYS else [{"$match": found}]


def project_stage(selected: Iterable[Any], scope: Scope) -> Stage:
    """Return the `$project` of the selected expressions as c0, c1, …."""
    return {"$project": {"_id": 0, **{f"c{number}": translate(item, scope) for number, item in enumerate(selected)}}}


def _check_empty_values(wanted: Iterable[Any]) -> None:
    """Refuse what has no known value over no rows: there is no group then, and Django needs the value."""
    if any(expression.empty_result_set_value is NotImplemented for expression in wanted):
        raise refused("arithmetic with aggregates in aggregate()", "compute it in Python from the plain aggregates")


def _unordered(expression: Any) -> Any:
    return expression.expression if isinstance(expression, OrderBy) else expression


def _identity(node: Any) -> Any:
    """Return what equal expressions share; the text alone lacks parts (a truncation's kind, a JSON key)."""
    try:
        identity = node.identity
        hash(identity)
    except (AttributeError, TypeError):  # not told apart by what it is made of: equal to itself only
        return id(node)
    return identity


def _plain(value: Any) -> Any:
    if type(value) is Decimal128:
        return value.to_decimal()
    return int(value) if type(value) is Int64 else value


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk
