"""Demo data in all three stores, tied together: users and keys, wallets and bookings, profiles, activity.

Writing it again changes nothing: everything bears an id that follows from seed and person. Called by `load_demo`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from core.errors import Conflict, StoreError
from core.ids import derive_id
from core.principals import Principal, Role
from documents import services as documents
from imports.demo_people import Activity, Person, make_people
from imports.owners import principal_by_username
from relational import services as ledger
from relational.rows import AccountKey, NewAccount, NewEntry, NewTransaction
from timeseries import services as timeseries

SHOP_USER = "demo.shop"
BOOK = "shop"
CURRENCY = "USD"
SALES = "sales"
KEY_SOURCE = "shop.customer_number"
COLLECTION = "profiles"
STREAM = "shop-activity"
PEOPLE_PER_BATCH = 50
Owned = Sequence[tuple[Person, UUID]]


@dataclass(frozen=True, slots=True)
class LogIn:
    """A user to be there; without a password nobody can log in as them."""

    username: str
    password: str | None = None
    role: Role = Role.CONSUMER


@dataclass(slots=True)
class DemoCounts:
    """What the demo consists of, whether it was new or there."""

    users: int = 0
    transactions: int = 0
    documents: int = 0
    events: int = 0


def load_demo(
    count: int,
    seed: int,
    *,
    log_in: LogIn | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> DemoCounts:
    """Put `count` people of a seed into the stores; `log_in`, if there is one, is the first of them.

    Raises: InvalidInput for a log-in that may not be, StoreError when a store does not answer.
    """
    shop = Principal(ledger.ensure_users([SHOP_USER])[SHOP_USER])
    _ensure_stream(shop)
    documents.ensure_collection(shop, COLLECTION, visibility="linked", indexes=["customer.number"])
    counts = DemoCounts()
    people = make_people(count, seed)
    while batch := list(islice(people, PEOPLE_PER_BATCH)):
        log_ins = [LogIn(person.username) for person in batch]
        if log_in and not counts.users:
            log_ins[0] = log_in
        owned = [(person, ensure_log_in(each, person)) for person, each in zip(batch, log_ins, strict=True)]
        ledger.add_keys((user_id, KEY_SOURCE, person.number) for person, user_id in owned)
        counts.transactions += _post_bookings(shop, owned)
        counts.documents += _store_profiles(shop, owned)
        counts.events += _append_activities(shop, owned)
        counts.users += len(batch)
        progress(counts.users)
    return counts


def ensure_log_in(log_in: LogIn, person: Person | None = None) -> UUID:
    """Return the id of a user of that name, made when missing; one that is there stays as it is.

    Raises: InvalidInput for a name or password that may not be.
    """
    try:
        return ledger.create_user(
            log_in.username,
            password=log_in.password,
            role=log_in.role,
            email=person.email if person else "",
            first_name=person.first_name if person else "",
            last_name=person.last_name if person else "",
        )
    except Conflict:
        return principal_by_username(log_in.username).user_id


def _ensure_stream(shop: Principal) -> None:
    try:
        timeseries.create_stream(shop, name=STREAM, retention="forever", actor_may_read=True)
    except Conflict:
        return


def _post_bookings(shop: Principal, owned: Owned) -> int:
    wanted = [NewAccount(shop.user_id, BOOK, SALES, CURRENCY)]
    for person, user_id in owned:
        wanted.append(NewAccount(user_id, BOOK, person.number, CURRENCY))
        wanted.append(NewAccount(user_id, BOOK, f"{person.number}-card", CURRENCY, "external"))
    accounts = ledger.ensure_accounts(wanted)
    rows = [row for person, _ in owned for row in _bookings_of(person, accounts)]
    ledger.post_transactions(rows)
    return len(rows)


def _bookings_of(person: Person, accounts: dict[AccountKey, UUID]) -> Iterator[NewTransaction]:
    wallet, card, sales = (
        accounts[BOOK, number, CURRENCY] for number in (person.number, f"{person.number}-card", SALES)
    )
    for place, booking in enumerate(person.bookings):
        source, target = (card, wallet) if booking.is_top_up else (wallet, sales)
        yield NewTransaction(
            derive_id(booking.when, b"demo", person.number.encode(), str(place).encode()),
            BOOK,
            booking.when,
            (NewEntry(source, -booking.amount), NewEntry(target, booking.amount)),
            description=booking.product,
            data_set="demo",
            details={"customer": person.number},
        )


def _store_profiles(shop: Principal, owned: Owned) -> int:
    profiles = [person.profile for person, _ in owned]
    for result in documents.store_documents(shop, COLLECTION, profiles):
        if result.status in ("rejected", "unknown"):
            raise StoreError(f"a profile was not stored: {result.reason}", store="documents")
    return len(profiles)


def _append_activities(shop: Principal, owned: Owned) -> int:
    events = [
        _event(person, user_id, place, activity)
        for person, user_id in owned
        for place, activity in enumerate(person.activities)
    ]
    for result in timeseries.append_events(shop, STREAM, events):
        if result.status != "stored":
            raise StoreError(f"an event was not stored: {result.reason}", store="timeseries")
    return len(events)


def _event(person: Person, user_id: UUID, place: int, activity: Activity) -> dict[str, Any]:
    return {
        "time": activity.when,
        "id": f"demo-{person.number}-{place}",
        "actor": f"user:{user_id}",
        "kind": activity.kind,
        "level": activity.level,
        "payload": activity.payload,
    }
