"""Writing documents over HTTP: shapes, statuses, entity tags and refusals."""

import json

import pytest

from core.ids import new_id
from documents import services
from tests.api.conftest import OBJECT_ID, problem
from tests.api.test_hostile_input import HOSTILE_SEGMENTS

SCHEMA = {"properties": {"n": {"type": "integer"}, "at": {"properties": {"city": {"type": "string"}}}}}
MERGE_PATCH = "application/merge-patch+json"


@pytest.fixture
def ada(people):
    return people["ada"]


@pytest.fixture
def address(ada):
    """The documents of a fresh collection of Ada's."""
    name = f"writes-{new_id()}"
    services.create_collection(ada.principal, name, visibility="public")
    return f"/api/v1/collections/{name}/documents"


def send(person, method, path, fields=None, *, content_type="application/json", own_id=None, **headers):
    body = {} if fields is None else {"fields": fields}
    body |= {} if own_id is None else {"id": own_id}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(person.client, method)(path, json.dumps(body), content_type=content_type, headers=headers)


def test_a_document_is_created(ada, address):
    made = send(ada, "post", address, {"n": 1, "at": {"city": "Bern"}}, own_id="a b/ä".replace("/", "-"))
    assert made.status_code == 201, made.content
    body = made.json()
    assert made.headers["location"] == f"{address}/a%20b-%C3%A4"
    assert (body["id"], body["version"], body["fields"]) == ("a b-ä", 1, {"n": 1, "at": {"city": "Bern"}})
    read = ada.get(made.headers["location"])
    assert read.json() == body
    assert read.headers["etag"] == made.headers["etag"]
    problem(send(ada, "post", address, {}, own_id="a b-ä"), 409, "conflict")
    new = send(ada, "post", address, {})
    assert ada.get(new.headers["location"]).json() == new.json()


def test_a_document_is_replaced_or_made(ada, address):
    made = send(ada, "put", f"{address}/x", {"n": 1})
    assert (made.status_code, made.headers["location"]) == (201, f"{address}/x")
    same = send(ada, "put", f"{address}/x", {"n": 1}, own_id="x")
    assert (same.status_code, same.json(), same.headers["etag"]) == (200, made.json(), made.headers["etag"])
    assert "location" not in same.headers
    other = send(ada, "put", f"{address}/x", {"m": 1})
    assert (other.json()["version"], other.json()["fields"]) == (2, {"m": 1})
    assert other.headers["etag"] != made.headers["etag"]
    assert problem(send(ada, "put", f"{address}/x", {}, own_id="y"), 400, "invalid_input")["errors"][0]["path"] == "id"


@pytest.mark.parametrize("content_type", [MERGE_PATCH, "application/json", f"{MERGE_PATCH}; charset=utf-8"])
def test_a_document_is_patched(ada, address, content_type):
    send(ada, "put", f"{address}/x", {"keep": 1, "gone": 1, "at": {"city": "Bern", "zip": 3000}, "tags": [1, 2]})
    patch = {"gone": None, "at": {"zip": None, "street": {"name": "A"}}, "tags": [{"a": None}]}
    patched = send(ada, "patch", f"{address}/x", patch, content_type=content_type)
    assert patched.status_code == 200, patched.content
    at = {"city": "Bern", "street": {"name": "A"}}
    assert patched.json()["fields"] == {"keep": 1, "at": at, "tags": [{"a": None}]}
    assert patched.headers["etag"] == ada.get(f"{address}/x").headers["etag"]


@pytest.mark.parametrize(
    "content_type", ["application/json-patch+json", "text/plain", f"{MERGE_PATCH}; charset=latin-1"]
)
def test_another_patch_is_told_which_are_known(ada, address, content_type):
    answer = send(ada, "patch", f"{address}/x", {}, content_type=content_type)
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept-patch"] == "application/merge-patch+json, application/json"


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_merge_patch_is_for_patching(ada, address, method):
    path = address if method == "post" else f"{address}/x"
    answer = send(ada, method, path, {}, content_type=MERGE_PATCH)
    problem(answer, 415, "unsupported_media_type")
    assert "accept-patch" not in answer.headers


def test_a_document_is_deleted(ada, address):
    send(ada, "put", f"{address}/x", {"n": 1})
    gone = ada.client.delete(f"{address}/x")
    assert (gone.status_code, gone.content) == (204, b"")
    problem(ada.get(f"{address}/x"), 404, "not_found")
    problem(ada.client.delete(f"{address}/x"), 404, "not_found")
    problem(send(ada, "patch", f"{address}/x", {}), 404, "not_found")
    assert send(ada, "put", f"{address}/x", {"n": 1}).json()["version"] == 3


def test_what_the_caller_has_is_not_sent_again(ada, address):
    tag = send(ada, "put", f"{address}/x", {"n": 1}).headers["etag"]
    assert tag.startswith('"1.')
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = ada.client.get(f"{address}/x", headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    send(ada, "patch", f"{address}/x", {"n": 2})
    assert ada.client.get(f"{address}/x", headers={"if-none-match": tag}).status_code == 200


def test_a_write_on_a_state_that_is_gone_is_refused(ada, address):
    first = send(ada, "put", f"{address}/x", {"n": 1}).headers["etag"]
    second = send(ada, "patch", f"{address}/x", {"n": 2}, if_match=f'"other", {first}').headers["etag"]
    for stale in (first, f"W/{second}", '"1"'):
        for method in ("put", "patch", "delete"):
            problem(send(ada, method, f"{address}/x", {"n": 3}, if_match=stale), 412, "precondition_failed")
    assert ada.get(f"{address}/x").json()["fields"] == {"n": 2}
    problem(send(ada, "put", f"{address}/x", {"n": 3}, if_none_match="*"), 412, "precondition_failed")
    problem(send(ada, "put", f"{address}/new", {"n": 3}, if_match="*"), 412, "precondition_failed")
    assert send(ada, "put", f"{address}/new", {"n": 3}, if_none_match="*").status_code == 201
    for method in ("patch", "delete"):
        problem(send(ada, method, f"{address}/nowhere", {"n": 3}, if_match=first), 404, "not_found")
    assert send(ada, "delete", f"{address}/x", {}, if_match=second).status_code == 204


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_a_condition_that_is_no_tag_is_refused(ada, address, header):
    answer = send(ada, "put", f"{address}/x", {}, **{header: "1.a"})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"].lower() == header.replace("_", "-")


def test_every_wrong_field_is_named(ada):
    name = f"strict-{new_id()}"
    services.create_collection(ada.principal, name, schema={**SCHEMA, "required": ["name"]})
    answer = send(ada, "post", f"/api/v1/collections/{name}/documents", {"n": "x", "at": {"city": 1}})
    paths = {each["path"] for each in problem(answer, 400, "invalid_input")["errors"]}
    assert paths == {"fields.n", "fields.at.city", "fields.name"}


def test_every_wrong_name_is_named(ada, address):
    fields = {"$a": 1, "q": {"b.c": {"$": 1}, "": 2, "l": [0, {"$d": "x"}]}, "_meta": {}, "_id": 7, "fits": 1}
    wrong = {"fields._id", "fields._meta", "fields.$a", "fields.q.b.c", "fields.q", "fields.q.l[1].$d"}

    def paths(answer):
        return {each["path"] for each in problem(answer, 400, "invalid_input")["errors"]}

    assert paths(send(ada, "post", address, fields, own_id="a/b")) == {"id", *wrong}
    assert paths(send(ada, "put", f"{address}/%2e", fields)) == {"id", *wrong}
    assert send(ada, "put", f"{address}/x", {}).status_code == 201
    assert paths(send(ada, "patch", f"{address}/x", fields)) == wrong
    assert ada.get(f"{address}/x").json()["fields"] == {}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "fields"),
        ({"fields": None}, "fields"),
        ({"fields": []}, "fields"),
        ({"fields": "x"}, "fields"),
        ({"fields": {}, "version": 1}, "version"),
        ({"fields": {}, "n": 1}, "n"),
        ({"fields": {}, "id": 1}, "id"),
        ({"fields": {}, "id": ""}, "id"),
        ({"fields": {}, "id": "a/b"}, "id"),
        ({"fields": {}, "id": ".."}, "id"),
        ({"fields": {}, "id": "x" * 513}, "id"),
        ({"fields": {"_id": 1}}, "fields._id"),
        ({"fields": {"_meta": {}}}, "fields._meta"),
        ({"fields": {"$set": {}}}, "fields.$set"),
        ({"fields": {"a": [{"b.c": 1}]}}, "fields.a[0].b.c"),
    ],
)
def test_wrong_bodies_are_refused_with_their_path(ada, address, body, path):
    answer = ada.client.post(address, json.dumps(body), content_type="application/json")
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == path
    assert ada.get(address).json()["results"] == []


@pytest.mark.parametrize("segment", [".", "..", "%2e", "%2E%2e"])
def test_an_id_that_no_client_can_address_is_not_put(ada, address, segment):
    answer = send(ada, "put", f"{address}/{segment}", {"n": 1})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "id"
    assert ada.get(address).json()["results"] == []
    assert send(ada, "put", f"{address}/%2e%2e%2e", {"n": 1}).status_code == 201, "control"


def test_what_was_read_can_be_put_back_without_a_change(ada, address, people):
    """Whatever a loader stored, also what JSON has no type for."""
    from tests.integration.documents.free_form.test_changing import LOADED

    collection = address.split("/")[4]
    services.store_documents(ada.principal, collection, [{"_id": OBJECT_ID, **LOADED}])
    read = ada.get(f"{address}/{OBJECT_ID}")
    put = send(ada, "put", f"{address}/{OBJECT_ID}", read.json()["fields"], if_match=read.headers["etag"])
    assert (put.status_code, put.json()) == (200, read.json())
    assert put.headers["etag"] == read.headers["etag"]


def test_a_value_that_is_changed_is_what_json_says(ada, address):
    collection = address.split("/")[4]
    services.store_documents(ada.principal, collection, [{"_id": "x", "other": b"\0"}])
    send(ada, "patch", f"{address}/x", {"other": "AQ=="})
    query = {"where.other": "AQ=="}
    assert len(ada.get(address, **query).json()["results"]) == 1


def test_whose_it_is_not_writes_nothing(people, address):
    bob = people["bob"]
    problem(send(bob, "post", address, {}), 403, "permission_refused")
    problem(send(bob, "put", f"{address}/x", {}), 403, "permission_refused")
    problem(send(people["ana"], "put", f"{address}/x", {}), 403, "permission_refused")
    problem(send(bob, "put", "/api/v1/collections/letters/documents/letter-0", {}), 404, "not_found")
    assert people["ada"].get(address).json()["results"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"where.pop:gt": "10"}, ["c"]),
        ({"where.pop:gte": "10", "where.pop:lt": "10.5"}, ["b"]),
        ({"where.pop:lt": "99999999999999999999"}, ["a", "b", "c"]),
        ({"where.name:gte": "B", "where.name:lt": "C"}, ["b"]),
        ({"where.since:gt": "2026-01-01T00:00:00Z"}, ["b", "c"]),
        ({"where.since:lte": "2026-01-02T01:00:00+01:00"}, ["a", "b"]),
        ({"where.is.capital": "true"}, ["b"]),
        ({"where.is.capital": "null"}, ["c"]),
        ({"where.is.capital": "false"}, ["a"]),
    ],
)
def test_documents_are_found_by_nested_values_and_ranges(ada, address, query, expected):
    from datetime import UTC, datetime

    towns = [("a", -5, "A", 1, False), ("b", 10, "Bern", 2, True), ("c", 10.5, "Chur", 3, None)]
    items = [
        {"_id": one, "pop": pop, "name": name, "since": datetime(2026, 1, day, tzinfo=UTC), "is": {"capital": capital}}
        for one, pop, name, day, capital in towns
    ]
    services.store_documents(ada.principal, address.split("/")[4], items)
    assert [each["id"] for each in ada.get(address, **query).json()["results"]] == expected


@pytest.mark.parametrize("number", [10**19, 2**64, 10**20, 10**22, 10**25, -(10**20)])
@pytest.mark.parametrize("form", ["{}", "{}.0", "{}e0"])
def test_whole_numbers_beyond_64_bits_are_found(ada, address, number, form):
    from decimal import Decimal

    items = [{"_id": "double", "n": float(number)}, {"_id": "other", "n": float(number) * 1.5}]
    items += [{"_id": "decimal", "n": Decimal(number)}, {"_id": "text", "n": str(number)}]
    services.store_documents(ada.principal, address.split("/")[4], items)
    written = form.format(number)
    for query in ({"where.n": written}, {"where.n:in": f"7,{written}"}):
        found = {each["id"] for each in ada.get(address, **query).json()["results"]}
        assert found == {"decimal", "double"} | ({"text"} if form == "{}" else set())


@pytest.mark.parametrize("bound", ["1e400", "-1e400", "9" * 40])
def test_a_range_that_ends_nowhere_is_refused(ada, address, bound):
    answer = ada.get(address, **{"where.pop:gt": bound})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "where.pop:gt"


@pytest.mark.parametrize("segment", HOSTILE_SEGMENTS, ids=lambda text: text[:20])
@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
def test_hostile_segments_of_written_addresses(ada, address, method, segment):
    paths = [f"/api/v1/collections/{segment}", f"/api/v1/collections/{segment}/documents/x", f"{address}/{segment}"]
    for path in paths:
        answer = send(ada, method, path, {"n": 1})
        assert answer.status_code < 500, answer.content
        if answer.status_code in (200, 201):
            assert path.startswith(address), "only a document may be of that name"
            assert ada.client.get(answer.headers["location"]).json() == answer.json()
        elif answer.status_code != 204:
            problem(answer, answer.status_code, answer.json()["code"])


def test_conditions_are_described():
    from api.description import openapi_json

    paths = json.loads(openapi_json())["paths"]
    for path in ("/api/v1/collections/{collection}", "/api/v1/collections/{collection}/documents/{document_id}"):
        for method in {"put", "patch", "delete"} & set(paths[path]):
            headers = {each["name"] for each in paths[path][method]["parameters"] if each["in"] == "header"}
            assert headers == ({"If-Match", "If-None-Match"} if method == "put" else {"If-Match"})
    patch = paths["/api/v1/collections/{collection}/documents/{document_id}"]["patch"]
    assert set(patch["requestBody"]["content"]) == {MERGE_PATCH, "application/json"}
