"""Alternating rounds: ours, a rival, ours, … so that what disturbs the machine disturbs all alike; medians count."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.driving import drive
from benchmarks.processes import cpu_seconds

ROUNDS = 11
ROUND_S = 1.0
WARM_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Course:
    """A running server and the requests of one work, without end."""

    pid: int
    port: int
    requests: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Measure:
    """One server at one work: medians of the rounds."""

    cpu_us_per_request: float
    requests_per_s: float


def measure_rounds(
    courses: Mapping[str, Course],
    *,
    rounds: int = ROUNDS,
    say: Callable[[str], object] = lambda _: None,
) -> dict[str, Measure]:
    """Warm every server up, then measure them in turn, round after round; return the medians by name.

    Raises: WrongAnswer.
    """
    taken: dict[str, list[Measure]] = {name: [] for name in courses}
    for course in courses.values():
        drive(course.port, course.requests, seconds=WARM_UP_S)
    for number in range(rounds):
        for name, course in courses.items():
            taken[name].append(_measure_once(course))
        say(f"round {number + 1} of {rounds}")
    return {name: _median(measures) for name, measures in taken.items()}


def _measure_once(course: Course) -> Measure:
    before = cpu_seconds(course.pid)
    answers, seconds = drive(course.port, course.requests, seconds=ROUND_S)
    used = cpu_seconds(course.pid) - before
    return Measure(used / answers * 1e6, answers / seconds)


def _median(measures: list[Measure]) -> Measure:
    return Measure(
        median(measure.cpu_us_per_request for measure in measures),
        median(measure.requests_per_s for measure in measures),
    )
