import pytest

from tests.api.conftest import OBJECT_ID, problem
from tests.api.test_ledger import flat, ids, walk

NOTICES = "/api/v1/collections/notices/documents"
LETTERS = "/api/v1/collections/letters/documents"
CUSTOMERS = "/api/v1/collections/customers/documents"


def test_a_document_is_as_it_was_stored(people, papers):
    notice = people["ada"].get(f"{NOTICES}/1").json()
    assert notice.pop("created") == notice.pop("updated")
    assert notice == {
        "id": "1",
        "collection": "notices",
        "owner_id": str(people["bob"].id),
        "version": 1,
        "fields": {"text": "ä", "at": {"city": "Bern"}, "tags": ["a", "b"]},
    }


def test_a_collection_is_as_it_was_declared(people, papers):
    letters = people["ada"].get("/api/v1/collections/letters").json()
    assert (letters["name"], letters["visibility"], letters["indexes"]) == ("letters", "private", ["place"])
    assert letters["owner_id"] == str(people["ada"].id)


def test_whom_a_linked_document_names_reads_it_and_no_other(people, papers):
    assert ids(people["ada"].get(CUSTOMERS)) == [OBJECT_ID]
    assert people["ada"].get(f"{CUSTOMERS}/{OBJECT_ID}").json()["fields"]["name"] == "Ada"
    assert ids(people["bob"].get(CUSTOMERS)) == []
    problem(people["bob"].get(f"{CUSTOMERS}/{OBJECT_ID}"), 404, "not_found")
    assert len(ids(people["ana"].get(CUSTOMERS))) == 2


def test_pages_have_neither_gap_nor_repeat(people, papers):
    assert flat(walk(people["ada"], LETTERS, limit=2)) == [f"letter-{place}" for place in range(5)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"where.place": "3"}, ["letter-3"]),
        ({"where.place:gte": "3"}, ["letter-3", "letter-4"]),
        ({"where.place:gte": "1", "where.place:lt": "3"}, ["letter-1", "letter-2"]),
        ({"where.place:in": "0,4"}, ["letter-0", "letter-4"]),
        ({"where.nowhere": "3"}, []),
        ({"where.nowhere:exists": "false", "limit": "1"}, ["letter-0"]),
        ({"where._id": "letter-2"}, ["letter-2"]),
    ],
)
def test_documents_are_narrowed_by_their_own_fields(people, papers, query, expected):
    assert ids(people["ada"].get(LETTERS, **query)) == expected


@pytest.mark.parametrize(("query", "expected"), [({"where.at.city": "Bern"}, ["1"]), ({"where.tags": "b"}, ["1"])])
def test_nested_fields_and_lists_are_compared(people, papers, query, expected):
    assert ids(people["ada"].get(NOTICES, **query)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "where.",
        "where.$where",
        "where.a..b",
        "where._meta.owner",
        "where.a.$gt",
        "where.place:exists",
        "where.place:gtee",
        "where.place:GTE",
        "where.place:regex",
        "where.a:b",
        "where." + "x" * 300,
    ],
)
def test_wrong_conditions_are_refused(people, papers, name):
    answer = people["ada"].get(LETTERS, **{name: "1"})
    assert problem(answer, 400, answer.json()["code"])["errors"][0]["path"].startswith("where")


def test_what_looks_like_a_query_is_a_text(people, papers):
    assert ids(people["ada"].get(LETTERS, **{"where._id": '{"$gt": ""}'})) == []
    assert ids(people["ada"].get(LETTERS, **{"where.place:gt": '{"$gt": ""}'})) == []


def test_the_cursor_belongs_to_its_conditions(people, papers):
    cursor = people["ada"].get(LETTERS, limit=1, **{"where.place:gte": "1"}).json()["next"]
    assert ids(people["ada"].get(LETTERS, cursor=cursor, **{"where.place:gte": "1"}))[0] == "letter-2"
    problem(people["ada"].get(LETTERS, cursor=cursor), 400, "invalid_input")


def test_documents_come_with_their_user(people, papers):
    body = people["ada"].get("/api/v1/users/me", expand="documents").json()
    assert body["gaps"] == []
    # Whether a relay has told of her, too, is another test's.
    (customer,) = [each for each in body["documents"] if each["collection"] == "customers"]
    assert customer.pop("links") == ["customer"]
    assert customer == people["ada"].get(f"{CUSTOMERS}/{OBJECT_ID}").json()


@pytest.mark.parametrize("name", ["where.n:in", "where._id:in"])
def test_too_many_values_are_refused_by_the_name_they_were_sent_under(people, papers, name):
    refused = problem(people["ada"].get(LETTERS, **{name: ",".join(map(str, range(1001)))}), 400, "invalid_input")
    assert [error["path"] for error in refused["errors"]] == [name]
