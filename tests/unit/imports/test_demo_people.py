"""People of the demo data: the same seed gives the same, and their wallets never run dry."""

from collections import Counter
from decimal import Decimal
from itertools import islice

from imports.demo_people import EVENTS_PER_PERSON, PURCHASES_PER_PERSON, make_people


def test_same_seed_gives_the_same_people_whatever_their_number():
    assert list(make_people(3, 7)) == list(islice(make_people(9, 7), 3))
    assert {person.number for person in make_people(3, 7)}.isdisjoint(person.number for person in make_people(3, 8))


def test_people_have_names_of_their_own():
    people = list(make_people(200, 1))
    assert len({person.username for person in people}) == len({person.number for person in people}) == 200


def test_wallets_never_go_below_zero():
    for person in make_people(50, 1):
        balance = Decimal(0)
        for booking in person.bookings:
            balance += booking.amount if booking.is_top_up else -booking.amount
            assert balance >= 0
        assert sum(not booking.is_top_up for booking in person.bookings) == PURCHASES_PER_PERSON


def test_profiles_name_the_accounts_and_activity_has_every_booking():
    for person in make_people(20, 1):
        assert person.profile["accounts"] == [person.number, f"{person.number}-card"]
        assert len(person.activities) == EVENTS_PER_PERSON
        kinds = Counter(activity.kind for activity in person.activities)
        assert kinds["purchase"] + kinds["top_up"] == len(person.bookings)
