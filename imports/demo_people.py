"""People of the demo data and what they did, made up from a seed: the same seed and number give the same person.

Pure; called by `demo`. Needs Faker, which the extra `stack` brings.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker

BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
DAYS = 90
EVENTS_PER_PERSON = 100
PURCHASES_PER_PERSON = 15
PRODUCTS = ("espresso", "lunch", "notebook", "train ticket", "headphones", "book", "concert", "bicycle repair")
PAGES = ("/", "/products", "/products/new", "/cart", "/account", "/help")
DEVICES = ("phone", "laptop", "tablet")
TOPICS = ("music", "travel", "food", "sports", "books", "technology")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Booking:
    """Money into the wallet (`top-up`, from the card) or out of it (a purchase, to the shop)."""

    when: datetime
    amount: Decimal
    product: str

    @property
    def is_top_up(self) -> bool:
        """Tell whether the money comes from the card."""
        return self.product == "top-up"


@dataclass(frozen=True, slots=True)
class Activity:
    """Something the person did in the shop's application."""

    when: datetime
    kind: str
    level: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person: `number` is the customer number, unique within a seed."""

    number: str
    username: str
    first_name: str
    last_name: str
    email: str
    profile: dict[str, Any]
    bookings: tuple[Booking, ...]
    activities: tuple[Activity, ...]


def make_people(count: int, seed: int) -> Iterator[Person]:
    """Yield `count` people; the first ones stay the same when more are asked for."""
    faker = Faker("en_US")
    for place in range(1, count + 1):
        faker.seed_instance(f"{seed}/{place}")
        yield _make_person(faker, f"{seed}-{place:05}")


def _make_person(faker: Faker, number: str) -> Person:
    chance = random.Random(number)  # noqa: S311 - made-up people need no secrets
    first_name, last_name = faker.first_name(), faker.last_name()
    username = f"{first_name}.{last_name}.{number}".lower()
    bookings = tuple(_make_bookings(chance))
    return Person(
        number=number,
        username=username,
        first_name=first_name,
        last_name=last_name,
        email=f"{username}@example.com",
        profile=_make_profile(faker, chance, number),
        bookings=bookings,
        activities=tuple(_make_activities(chance, bookings)),
    )


def _make_profile(faker: Faker, chance: random.Random, number: str) -> dict[str, Any]:
    return {
        "_id": number,
        "customer": {
            "number": number,
            "since": faker.date_between(BEGIN.date() - timedelta(days=2000), BEGIN.date()).isoformat(),
        },
        "accounts": [number, f"{number}-card"],
        "address": {"street": faker.street_address(), "city": faker.city(), "postcode": faker.postcode()},
        "devices": [
            {"kind": kind, "name": faker.word(), "trusted": chance.random() < 0.8}
            for kind in chance.sample(DEVICES, chance.randint(1, len(DEVICES)))
        ],
        "preferences": {"newsletter": chance.random() < 0.5, "topics": chance.sample(TOPICS, 3)},
    }


def _make_bookings(chance: random.Random) -> Iterator[Booking]:
    """Yield bookings in order; the wallet is filled before it would go below zero."""
    balance = Decimal(0)
    for when in _make_times(chance, PURCHASES_PER_PERSON):
        price = Decimal(chance.randint(150, 9_900)) * CENT
        if balance < price:
            top_up = Decimal(chance.randint(1, 3) * 100)
            balance += top_up
            yield Booking(when - timedelta(minutes=2), top_up, "top-up")
        balance -= price
        yield Booking(when, price, chance.choice(PRODUCTS))


def _make_activities(chance: random.Random, bookings: tuple[Booking, ...]) -> Iterator[Activity]:
    device = chance.choice(DEVICES)
    for booking in bookings:
        bought = {"product": booking.product, "amount": str(booking.amount), "device": device}
        yield Activity(booking.when, "top_up" if booking.is_top_up else "purchase", "info", bought)
    for when in _make_times(chance, EVENTS_PER_PERSON - len(bookings)):
        kind = chance.choices(("login", "view", "logout", "payment_failed"), (2, 6, 1, 1))[0]
        level = "warning" if kind == "payment_failed" else "info"
        payload = {"page": chance.choice(PAGES), "device": device, "ms": chance.randint(5, 900)}
        yield Activity(when, kind, level, payload)


def _make_times(chance: random.Random, count: int) -> list[datetime]:
    return sorted(BEGIN + timedelta(milliseconds=chance.randrange(DAYS * 86_400_000)) for _ in range(count))
