"""Named patterns of plain logs, as data: the eight systems of Loghub, and those a mapping file adds.

A pattern's regular expression has named groups, which become the event's fields; `message` is what remains of the line.
Called by `layouts`, the reader of logs, `mapping` and the target of events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

MONTH_DAY_TIME = r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)"
DATE_TIME_MS = r"(?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d,\d{3})"
LEVEL = r"(?P<level>\w+)"
COMPONENT = r"(?P<component>[^:\s]+)"
MESSAGE = r"(?P<message>.*)"
PID = r"(?P<pid>\d+)"


@dataclass(frozen=True, slots=True)
class ActorRule:
    """Where a log names whom an event is about: the first expression that is found in the field gives the key."""

    source: str
    field: str
    expressions: tuple[re.Pattern[str], ...]

    def find(self, fields: Mapping[str, Any]) -> str:
        """Return the key that the fields name, or nothing."""
        text = fields.get(self.field) or ""
        for expression in self.expressions:
            found = expression.search(text)
            if found and (key := found.group(1).strip()):
                return key
        return ""


@dataclass(frozen=True, slots=True)
class LogPattern:
    """One kind of log line: `time` joins fields to the text that `time_format` (strptime's directives) reads.

    Without %Y, %y or %G in the format the lines lack their year. `integers` are the fields kept as numbers.
    """

    name: str
    regex: re.Pattern[str]
    time: str
    time_format: str
    integers: tuple[str, ...] = ()
    kind: str = ""
    level: str = ""
    actor: ActorRule | None = None

    @property
    def lacks_year(self) -> bool:
        """Tell whether the lines lack their year."""
        return not re.search(r"%[YyGcxs]", self.time_format)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the fields, in the order of the groups."""
        return tuple(self.regex.groupindex)


def _actor(source: str, *expressions: str, field: str = "message") -> ActorRule:
    return ActorRule(source, field, tuple(re.compile(expression) for expression in expressions))


def _pattern(name: str, *parts: str, time: str, time_format: str, **rest: Any) -> LogPattern:
    return LogPattern(name, re.compile("".join(parts)), time, time_format, **rest)


LOGHUB = (
    _pattern(
        "apache",
        rf"\[(?P<time>\w{{3}} \w{{3}} \d\d \d\d:\d\d:\d\d \d{{4}})\] \[{LEVEL}\] {MESSAGE}",
        time="{time}",
        time_format="%a %b %d %H:%M:%S %Y",
        level="level",
    ),
    _pattern(
        "hdfs",
        rf"(?P<date>\d{{6}}) (?P<time>\d{{6}}) {PID} {LEVEL} {COMPONENT}: {MESSAGE}",
        time="{date} {time}",
        time_format="%y%m%d %H%M%S",
        integers=("pid",),
        kind="component",
        level="level",
    ),
    _pattern(
        "hadoop",
        rf"{DATE_TIME_MS} {LEVEL} \[(?P<process>.*?)\] ",
        rf"(?P<component>(?:[^:\s.]+\.)*(?P<kind>[^:\s.]+)): {MESSAGE}",
        time="{date} {time}",
        time_format="%Y-%m-%d %H:%M:%S,%f",
        kind="kind",
        level="level",
    ),
    _pattern(
        "linux",
        rf"{MONTH_DAY_TIME} (?P<host>\S+) +(?P<component>[^:\[]+?)(?:\[{PID}\])?: {MESSAGE}",
        time="{month} {day} {time}",
        time_format="%b %d %H:%M:%S",
        integers=("pid",),
        kind="component",
        actor=_actor("Linux.user", r"\buser=(\S+)", r"\bsession (?:opened|closed) for user (\S+)"),
    ),
    _pattern(
        "openssh",
        rf"{MONTH_DAY_TIME} (?P<host>\S+) (?P<component>\w+)\[{PID}\]: {MESSAGE}",
        time="{month} {day} {time}",
        time_format="%b %d %H:%M:%S",
        integers=("pid",),
        kind="component",
        actor=_actor(
            "OpenSSH.user",
            r"\buser=(\S+)",
            r"\b(?:Failed|Accepted) \S+ for (?:invalid user )?(.+) from \S+ port \d+",
            r"\b[Ii]nvalid user (.+) (?:from \S+|\[preauth\])$",
            r"\bToo many authentication failures for (.+) \[preauth\]$",
            r"\bsession (?:opened|closed) for user (\S+)",
        ),
    ),
    _pattern(
        "openstack",
        r"(?P<file>\S+) (?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d\.\d{3}) ",
        rf"{PID} {LEVEL} (?P<component>\S+) \[(?P<request>[^\]]*)\] {MESSAGE}",
        time="{date} {time}",
        time_format="%Y-%m-%d %H:%M:%S.%f",
        integers=("pid",),
        kind="component",
        level="level",
        actor=_actor("OpenStack.user_id", r"^req-\S+ ([0-9a-f]{32}) ", field="request"),
    ),
    _pattern(
        "spark",
        rf"(?P<date>\d\d/\d\d/\d\d) (?P<time>\d\d:\d\d:\d\d) {LEVEL} {COMPONENT}: {MESSAGE}",
        time="{date} {time}",
        time_format="%y/%m/%d %H:%M:%S",
        kind="component",
        level="level",
    ),
    _pattern(
        "zookeeper",
        rf"{DATE_TIME_MS} - {LEVEL} +\[(?P<node>.*?):(?P<component>.*?)@(?P<id>[^\]]*)\] - {MESSAGE}",
        time="{date} {time}",
        time_format="%Y-%m-%d %H:%M:%S,%f",
        kind="component",
        level="level",
    ),
)
PATTERNS: Mapping[str, LogPattern] = MappingProxyType({pattern.name: pattern for pattern in LOGHUB})
