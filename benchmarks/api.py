"""Claim: the API's server needs at most so many times the CPU of a raw one, and far less than plain DRF.

All servers answer the same questions about one ledger under the same load, each with one worker process. Imported by
`__main__` once the stores are prepared.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from itertools import cycle

import orjson
from rich.console import Console

from benchmarks import appending, postgraphile
from benchmarks.contestants import (
    CREATE,
    CREATE_ONCE,
    GET,
    LIST,
    OURS,
    PLAIN_DRF,
    RAW,
    RAW_ON_ONE_CPU,
    WRITES,
    Booking,
    Contestant,
    Question,
)
from benchmarks.driving import ask
from benchmarks.ledger import Person, prepare_ledger
from benchmarks.processes import ServerDied, free_port, running
from benchmarks.results import Bar, Result
from benchmarks.rounds import Course, Measure, measure_rounds

CPU = "server CPU, µs a request"
RATE = "requests a second"
RAW_BARS = {GET: Bar(at_most=6), LIST: Bar(at_most=4.5), CREATE: Bar(at_most=4.5), CREATE_ONCE: Bar()}
PLAIN_BAR = Bar(at_most=0.4)
CHECKED_QUESTIONS = 40
QUESTIONS = 2000
SEED = 40

Running = dict[Contestant, tuple[int, int]]
"""The process id and port of each server."""


class DifferentAnswers(Exception):
    """Two servers do not answer the same: there is nothing to compare."""


def measure(console: Console) -> list[Result]:
    """Start every server, check that all answer the same, measure each work in turn.

    Raises: DifferentAnswers, OtherEvents, WrongAnswer, ServerDied.
    """
    with console.status("filling the ledger (the first time: some minutes)") as status, ExitStack() as stack:
        people = prepare_ledger()
        found: list[Result] = []
        status.update("starting the servers")
        contestants = [OURS, RAW, RAW_ON_ONE_CPU, PLAIN_DRF]
        try:
            contestants.append(postgraphile.install())
        except postgraphile.NotInstalled as error:
            found += [Result(work, RATE, postgraphile.NAME, reason=str(error)) for work in (GET, LIST, CREATE)]
        servers = {contestant: _start(stack, contestant) for contestant in contestants}
        for work in RAW_BARS:
            questions = _questions(people)
            able = {contestant: place for contestant, place in servers.items() if work in contestant.requests}
            _check_same_answers(able, work, [next(questions) for _ in range(CHECKED_QUESTIONS)])
            measures = measure_rounds(
                {each.name: Course(pid, port, _requests(each, work, people)) for each, (pid, port) in able.items()},
                say=lambda text, work=work: status.update(f"{work}: {text}"),  # type: ignore[misc]  # a default binds it
            )
            found += _compare(work, measures)
        status.update(appending.WORK)
        return found + appending.measure_append(servers[OURS][1], people[0])


def _start(stack: ExitStack, contestant: Contestant) -> tuple[int, int]:
    port = free_port()
    environment = {**contestant.environment, "TRIVIUM_API_PORT": str(port)}
    server = running(contestant.name, contestant.command(port), port=port, environment=environment)
    return stack.enter_context(server), port


def _questions(people: Sequence[Person]) -> Iterator[Question]:
    """Ask about people in random order, each about a transaction of theirs and a transfer to somebody else."""
    dice = random.Random(SEED)
    while True:
        person, other = dice.sample(people, 2)
        yield Question(
            person,
            dice.choice(person.transaction_ids),
            dice.choice(person.account_ids),
            dice.choice(other.account_ids),
            Decimal(dice.randrange(1, 1000)) / 10_000,
        )


def _requests(contestant: Contestant, work: str, people: Sequence[Person]) -> Iterator[bytes]:
    """Write the requests of a work: reads are written once and asked again, no write is sent twice."""
    questions = _questions(people)
    write = contestant.requests[work]
    if work in WRITES:
        return map(write, questions)
    return cycle([write(next(questions)) for _ in range(QUESTIONS)])


def _check_same_answers(servers: Running, work: str, questions: Sequence[Question]) -> None:
    for question in questions:
        answers = {each.name: _answer(each, port, work, question) for each, (_, port) in servers.items()}
        if work in WRITES:
            _check_created(servers[RAW][1], answers, question)
        first = answers[RAW.name]
        for name, answer in answers.items():
            if (answer != first and work not in WRITES) or not answer:
                raise DifferentAnswers(f"{work}: {name} answers {answer[:2]}…, {RAW.name} {first[:2]}…")


def _check_created(raw_port: int, answers: dict[str, list[Booking]], question: Question) -> None:
    """Check that what each server says it created is stored, and is what was asked."""
    expected = tuple(sorted([(question.source, -question.amount), (question.target, question.amount)]))
    for name, ((row_id, entries),) in answers.items():
        request = RAW.requests[GET](replace(question, transaction_id=row_id))
        stored = list(RAW.read(orjson.loads(ask(raw_port, request))))
        if stored != [(row_id, entries)] or entries != expected:
            raise DifferentAnswers(f"{CREATE}: {name} says {entries}, stored is {stored}, wanted was {expected}")


def _answer(contestant: Contestant, port: int, work: str, question: Question) -> list[Booking]:
    try:
        body = ask(port, contestant.requests[work](question))
    except ConnectionError as error:
        raise ServerDied(f"{contestant.name} went away: benchmarks/results/logs says why") from error
    return list(contestant.read(orjson.loads(body)))


def _compare(work: str, measures: dict[str, Measure]) -> list[Result]:
    """Set ours against each rival: CPU where it has a bar, and answers a second."""
    ours = measures[OURS.name]
    bars = {RAW.name: RAW_BARS[work], PLAIN_DRF.name: PLAIN_BAR}
    results = []
    for name, theirs in measures.items():
        if name == OURS.name:
            continue
        cpu = (ours.cpu_us_per_request, theirs.cpu_us_per_request)
        results.append(Result(work, CPU, name, bars.get(name, Bar()), *cpu))
        results.append(Result(work, RATE, name, Bar(), ours.requests_per_s, theirs.requests_per_s))
    return results
