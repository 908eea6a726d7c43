"""Fields as of a sequence: only what is older is replaced, in whatever order and however often it comes."""

import random
import threading
from decimal import Decimal

import pytest

from core.errors import Conflict, NotFound
from core.ids import new_id
from core.principals import SYSTEM
from documents import selectors, services
from documents.services import NewerFields
from tests.integration.documents.free_form.conftest import behind


@pytest.fixture
def kept(mongodb):
    """A collection of Trivium's own."""
    return services.create_collection(SYSTEM, "kept", visibility="linked").name


def store(*items):
    return [result.status for result in services.store_newer_fields(SYSTEM, "kept", items)]


def fields(document_id):
    return selectors.document_by_id(SYSTEM, "kept", str(document_id)).fields


def test_only_newer_fields_replace_a_document_whole(kept):
    who = new_id()
    assert store(NewerFields(who, 5, {"name": "Ada", "old": 1})) == ["stored"]
    assert store(NewerFields(who, 7, {"name": "Ada L."}), NewerFields(who, 6, {"name": "late"})) == ["stored"] * 2
    document = selectors.document_by_id(SYSTEM, "kept", str(who))
    assert document.fields == {"name": "Ada L.", "sequence": 7}
    assert (document.version, document.owner) == (2, SYSTEM.user_id)
    before = behind("kept").find_one({})
    assert store(NewerFields(who, 7, {"name": "again"}), NewerFields(who, 5, {"name": "Ada"})) == ["stored"] * 2
    assert behind("kept").find_one({}) == before


def test_each_part_has_its_own_sequence(kept):
    who, one, two = new_id(), f"accounts.{new_id()}", f"accounts.{new_id()}"
    items = [
        NewerFields(who, number, {"balance": Decimal(number)}, within=part)
        for number in range(20)
        for part in (one, two)
    ]
    items = [item for item in items if item.within == one or item.sequence < 7]
    random.Random(3).shuffle(items)
    assert set(store(*items)) == {"stored"}
    accounts = fields(who)["accounts"]
    assert accounts == {
        one.partition(".")[2]: {"balance": Decimal(19), "sequence": 19},
        two.partition(".")[2]: {"balance": Decimal(6), "sequence": 6},
    }


def test_writers_at_once_make_one_document_and_the_newest_stays(kept):
    who = new_id()
    said = []

    def write(number):
        said.extend(store(*(NewerFields(who, n, {"n": n}, within=f"parts.p{n % 3}") for n in range(number, 200, 4))))

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["stored"] * 200
    assert {part["sequence"] for part in fields(who)["parts"].values()} == {197, 198, 199}


def test_a_wrong_item_is_refused_and_the_others_are_stored(kept):
    good = new_id()
    wrong, right = services.store_newer_fields(
        SYSTEM, "kept", [NewerFields(new_id(), 1, {"a.b": 1}), NewerFields(good, 1, {"a": 1})]
    )
    assert (wrong.status, wrong.code, right.status) == ("rejected", "invalid_input", "stored")
    assert fields(good) == {"a": 1, "sequence": 1}


def test_a_deleted_document_is_made_again(kept):
    who = new_id()
    store(NewerFields(who, 1, {"n": 1}))
    services.delete_document(SYSTEM, "kept", str(who))
    store(NewerFields(who, 2, {"n": 2}))
    assert fields(who) == {"n": 2, "sequence": 2}


def test_nothing_is_stored_where_somebody_else_could_read_it(mongodb, ada):
    with pytest.raises(NotFound):
        services.store_newer_fields(SYSTEM, "kept", [])
    services.create_collection(ada, "kept", visibility="public")
    with pytest.raises(Conflict, match="belongs to somebody else"):
        services.store_newer_fields(SYSTEM, "kept", [NewerFields(new_id(), 1, {"n": 1})])
