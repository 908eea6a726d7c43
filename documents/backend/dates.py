"""Parts of dates and moments, truncation, year lookups; UTC only. Registered with `expressions` and `lookups`."""

from typing import Any

from bson import Int64
from django.db.models import functions, lookups
from django.db.models.functions.datetime import TimezoneMixin, TruncBase

from core.times import EPOCH
from documents.backend.expressions import is_present, literal, output_kind, translate, translates
from documents.backend.lookups import Verdict, between, builds, plain_path
from documents.backend.refusals import refused
from documents.backend.scope import Scope

PARTS = {
    functions.ExtractYear: "$year",
    functions.ExtractMonth: "$month",
    functions.ExtractDay: "$dayOfMonth",
    functions.ExtractWeek: "$isoWeek",
    functions.ExtractIsoYear: "$isoWeekYear",
    functions.ExtractWeekDay: "$dayOfWeek",
    functions.ExtractIsoWeekDay: "$isoDayOfWeek",
    functions.ExtractHour: "$hour",
    functions.ExtractMinute: "$minute",
    functions.ExtractSecond: "$second",
}
CLOCK_PARTS = frozenset({"$hour", "$minute", "$second"})
DATED = frozenset({"DateField", "DateTimeField"})


def as_date(source: Any, scope: Scope) -> Any:
    """Return an expression that gives MongoDB's date (milliseconds, rounded down) of a day, moment or time."""
    kind, value = output_kind(source), translate(source, scope)
    if kind == "DateField":
        return value
    if kind not in {"DateTimeField", "TimeField"}:
        raise refused(f"date parts of a {kind}")
    within = {"$mod": [{"$add": [{"$mod": [value, 1000]}, 1000]}, 1000]}
    milliseconds = {"$toLong": {"$round": [{"$divide": [{"$subtract": [value, within]}, 1000]}, 0]}}
    return {"$add": [EPOCH, milliseconds]}


def _check_zone(function: TimezoneMixin) -> None:
    zone = function.get_tzname()
    if zone not in {None, "UTC"}:
        raise refused(f"date parts in the time zone {zone}", "use UTC, or pymongo through documents.client")


@translates(*PARTS, functions.ExtractQuarter)
def _part(function: Any, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    _check_zone(function)
    if output_kind(source) == "TimeField" and PARTS.get(type(function)) not in CLOCK_PARTS:
        raise refused(f"{function.lookup_name!r} of a time of day")
    date = as_date(source, scope)
    if isinstance(function, functions.ExtractQuarter):
        part: Any = {"$toInt": {"$ceil": {"$divide": [{"$month": date}, 3]}}}
    else:
        part = {PARTS[type(function)]: date}
    return {"$cond": [is_present(translate(source, scope)), part, None]}


@translates(
    functions.TruncYear,
    functions.TruncQuarter,
    functions.TruncMonth,
    functions.TruncWeek,
    functions.TruncDay,
    functions.TruncHour,
    functions.TruncMinute,
    functions.TruncSecond,
    functions.Trunc,
)
def _truncated(function: TruncBase, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    _check_zone(function)
    if output_kind(source) not in DATED:
        raise refused(f"truncation of a {output_kind(source)}")
    start = {"$dateTrunc": {"date": as_date(source, scope), "unit": function.kind, "startOfWeek": "monday"}}
    return _as_kind(start, output_kind(function), translate(source, scope))


@translates(functions.TruncDate)
def _day_of(function: functions.TruncDate, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    _check_zone(function)
    return {"$dateTrunc": {"date": as_date(source, scope), "unit": "day"}}


@translates(functions.TruncTime)
def _time_of(function: functions.TruncTime, scope: Scope) -> Any:
    (source,) = function.get_source_expressions()
    _check_zone(function)
    if output_kind(source) != "DateTimeField":
        raise refused(f"the time of day of a {output_kind(source)}")
    day = Int64(86_400_000_000)
    return {"$mod": [{"$add": [{"$mod": [translate(source, scope), day]}, day]}, day]}


def _as_kind(date: Any, kind: str, source: Any) -> Any:
    if kind == "DateField":
        return date
    microseconds = {"$multiply": [{"$toLong": date}, Int64(1000)]}
    return {"$cond": [is_present(source), microseconds, None]}


@builds(lookups.YearExact, lookups.YearGt, lookups.YearGte, lookups.YearLt, lookups.YearLte)
def _year(lookup: Any, scope: Scope) -> Verdict:
    """Compare with the bounds of the year, so that the column's index is used."""
    column = lookup.lhs.lhs
    _check_zone(lookup.lhs)
    if not lookup.rhs_is_direct_value():
        raise refused("the year of an expression")
    first, last = lookup.year_lookup_bounds(scope.connection, lookup.rhs)
    if isinstance(lookup, lookups.YearExact):
        return between(column, first, last, scope)
    return _beyond(lookup, column, first, last, scope)


def _beyond(lookup: Any, column: Any, first: Any, last: Any, scope: Scope) -> Verdict:
    operator, opposite, bound = {
        lookups.YearGt: ("$gt", "$lte", last),
        lookups.YearGte: ("$gte", "$lt", first),
        lookups.YearLt: ("$lt", "$gte", first),
        lookups.YearLte: ("$lte", "$gt", last),
    }[type(lookup)]
    left, path = translate(column, scope), plain_path(column, scope)
    condition = {operator: [left, literal(bound)]}
    if path is None:
        return Verdict.of_condition(condition, left)
    return Verdict.of_condition(
        condition, left, true_filter={path: {operator: bound}}, false_filter={path: {opposite: bound}}
    )
