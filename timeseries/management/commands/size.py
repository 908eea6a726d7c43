"""`manage.py size`: what a load of events means in partitions, disk and nodes; docs/sizing.md is its page."""

import json
import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from core.exits import TriviumCommand
from timeseries.sizing import Load, Sizing, Step, size

MAX_RATE = 1_000_000
MAX_DAYS = 20 * 365
SCALES = (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Command(TriviumCommand):
    """Work out a size; no store is asked."""

    help = "Work out partitions, disk and nodes for a load of events, each step with its formula and source."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the load; wrong values end the process with status 2."""
        rate = number(above=0, at_most=MAX_RATE, remedy="divide a larger load among clusters")
        days = number(above=0, at_most=MAX_DAYS, remedy="Cassandra holds no longer expiry: size what you keep at once")
        parser.add_argument("--events-per-s", type=rate, required=True, help=f"mean rate, up to {MAX_RATE:,}")
        parser.add_argument("--ttl-days", type=days, required=True, help="how long an event is to be kept")
        options: tuple[tuple[str, Callable[[str], float], str], ...] = (
            ("bytes-per-event", number(above=0, at_most=70_000, whole=True), "payload and texts"),
            ("actors", number(above=-1, at_most=10**10, whole=True), "how many are named; 0: events name none"),
            ("replication", number(above=0, at_most=9, whole=True), "copies"),
            ("peak-factor", number(above=0.999, at_most=1000), "busiest second ÷ mean"),
            ("node-cores", number(above=0, at_most=1024, whole=True), "cores of a node"),
            ("node-tb", number(above=0, at_most=100), "data a node holds, TB"),
        )
        for name, read, meaning in options:
            default = Load.__dataclass_fields__[name.replace("-", "_")].default
            parser.add_argument(f"--{name}", type=read, default=default, help=f"{meaning} ({default:g})")
        parser.add_argument("--json", action="store_true", help="as JSON, in bytes and seconds")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show the figures."""
        load = Load(**{name: options[name] for name in Load.__dataclass_fields__})
        sizing = size(load)
        self.stdout.write(as_json(load, sizing) if options["json"] else as_text(sizing))


def number(
    *, above: float, at_most: float, whole: bool = False, remedy: str = "name one within that"
) -> Callable[[str], float]:
    """Return argparse's reader of a number; what it refuses names the bounds and the remedy."""
    kind = "whole number" if whole else "number"

    def read(text: str) -> float:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = math.nan
        if not above < value <= at_most:
            raise ArgumentTypeError(f"{text!r} is no {kind} above {above:g} and at most {at_most:,}: {remedy}")
        return value

    return read


def as_json(load: Load, sizing: Sizing) -> str:
    """Write the load, every step and the advice as a JSON object."""
    told = {"load": asdict(load), "steps": [asdict(step) for step in sizing.steps], "advice": sizing.advice}
    return json.dumps(told, indent=1, ensure_ascii=False)


def as_text(sizing: Sizing) -> str:
    """Write a line per step, then the sources, then the advice."""
    sources = list(dict.fromkeys(step.source for step in sizing.steps))
    lines = [
        f"{step.name:<24}{_amount(step):>24}  = {step.formula} [{sources.index(step.source) + 1}]"
        for step in sizing.steps
    ]
    lines += ["", *(f"[{place}] {source}" for place, source in enumerate(sources, 1))]
    if sizing.advice:
        lines += ["", *(f"- {text}" for text in sizing.advice)]
    return "\n".join(lines)


def _amount(step: Step) -> str:
    if step.unit.startswith("B"):
        name, scale = next(((name, scale) for name, scale in SCALES if step.value >= scale), ("B", 1.0))
        return f"{float(f'{step.value / scale:.3g}'):,g} {name}{step.unit[1:]}"
    rounded = f"{step.value:,.0f}" if step.value >= 100 or step.value == int(step.value) else f"{step.value:,.3g}"
    return f"{rounded} {step.unit}".rstrip()
