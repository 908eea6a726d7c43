"""Making, changing and deleting collections over HTTP."""

import json

import pytest

from core.ids import new_id
from documents import services
from documents.client import database
from documents.registry import find_collection
from tests.api.conftest import problem

ADDRESS = "/api/v1/collections"
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "enum": [{"n": 1}, {}]}


@pytest.fixture
def name():
    return f"made-{new_id()}"


def send(person, method, path, body=None, **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return getattr(person.client, method)(path, json.dumps(body), content_type="application/json", headers=headers)


def test_a_collection_is_made(people, name):
    body = {"name": name, "visibility": "public", "schema": SCHEMA, "indexes": ["n", "at.city"]}
    made = send(people["ada"], "post", ADDRESS, body)
    assert made.status_code == 201, made.content
    assert made.headers["location"] == f"{ADDRESS}/{name}"
    read = people["bob"].get(made.headers["location"])
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
    assert {key: read.json()[key] for key in body} == body
    assert (read.json()["owner_id"], read.json()["version"]) == (str(people["ada"].id), 1)
    problem(send(people["bob"], "post", ADDRESS, {"name": name}), 409, "conflict")


def test_a_collection_is_a_teams(people, teams, name):
    made = send(people["tim"], "post", ADDRESS, {"name": name, "owner_id": str(teams["crew"])})
    assert (made.status_code, made.json()["owner_id"]) == (201, str(teams["crew"]))
    for owner in (teams["crew"], people["ada"].id, new_id()):
        problem(
            send(people["bob"], "post", ADDRESS, {"name": f"{name}-b", "owner_id": str(owner)}),
            403,
            "permission_refused",
        )
    assert find_collection(f"{name}-b") is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "name"),
        ({"name": "A"}, "name"),
        ({"name": 1}, "name"),
        ({"name": "a", "visibility": "secret"}, "visibility"),
        ({"name": "a", "schema": []}, "schema"),
        ({"name": "a", "schema": {"type": "x"}}, "schema.type"),
        ({"name": "a", "schema": {"allOf": [{}, {"type": "x"}]}}, "schema.allOf[1].type"),
        ({"name": "a", "indexes": "n"}, "indexes"),
        ({"name": "a", "indexes": ["n", "$n"]}, "indexes[1]"),
        ({"name": "a", "indexes": [1]}, "indexes[0]"),
        ({"name": "a", "owner_id": "me"}, "owner_id"),
        ({"name": "a", "owner_id": 7}, "owner_id"),
        ({"name": "a", "id": "x"}, "id"),
    ],
)
def test_wrong_declarations_are_refused_with_their_path(people, body, path):
    answer = send(people["ada"], "post", ADDRESS, body)
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == path


def test_every_wrong_part_is_named(people, name):
    ada, wrong = people["ada"], {"schema": {"type": "nonsense"}, "indexes": ["a..b", "n", "$x"]}
    paths = {"schema.type", "indexes[0]", "indexes[2]"}

    def named(answer):
        return {each["path"] for each in problem(answer, 400, "invalid_input")["errors"]}

    assert named(send(ada, "post", ADDRESS, {"name": "Bad Name", **wrong})) == {"name", *paths}
    assert send(ada, "post", ADDRESS, {"name": name}).status_code == 201
    assert named(send(ada, "patch", f"{ADDRESS}/{name}", wrong)) == paths


def test_a_declaration_is_changed_part_by_part(people, name):
    ada, path = people["ada"], f"{ADDRESS}/{name}"
    first = send(ada, "post", ADDRESS, {"name": name, "schema": SCHEMA, "indexes": ["n"]})
    changed = send(ada, "patch", path, {"visibility": "public", "schema": None}, if_match=first.headers["etag"])
    assert changed.status_code == 200, changed.content
    expected = {
        **first.json(),
        "visibility": "public",
        "schema": None,
        "version": 2,
        "updated": changed.json()["updated"],
    }
    assert changed.json() == expected == ada.get(path).json()
    problem(send(ada, "patch", path, {"indexes": []}, if_match=first.headers["etag"]), 412, "precondition_failed")
    same = send(ada, "patch", path, {"visibility": "public"})
    assert (same.json(), same.headers["etag"]) == (changed.json(), changed.headers["etag"])
    for body in ({}, {"checks_documents": True}, {"name": "other"}, {"owner_id": str(new_id())}, {"visibility": None}):
        problem(send(ada, "patch", path, body), 400, "invalid_input")
    assert ada.client.get(path, headers={"if-none-match": changed.headers["etag"]}).status_code == 304


def test_documents_that_do_not_fit_refuse_a_schema(people, name):
    ada, path = people["ada"], f"{ADDRESS}/{name}"
    services.create_collection(ada.principal, name)
    services.store_documents(ada.principal, name, [{"_id": "wrong", "n": "x"}, {"_id": "right", "n": 1}])
    answer = send(ada, "patch", path, {"schema": SCHEMA})
    assert "do not fit this schema: 1, the first of them wrong" in problem(answer, 409, "conflict")["detail"]
    assert ada.get(path).json()["schema"] is None
    assert send(ada, "patch", path, {"schema": SCHEMA, "checks_documents": False}).json()["schema"] == SCHEMA
    problem(send(ada, "patch", f"{path}/documents/wrong", {"fields": {"m": 1}}), 400, "invalid_input")


def test_a_collection_is_deleted_and_its_name_is_free(people, name):
    ada, path = people["ada"], f"{ADDRESS}/{name}"
    first = send(ada, "post", ADDRESS, {"name": name})
    send(ada, "post", f"{path}/documents", {"fields": {}})
    assert "with_documents=true" in problem(ada.client.delete(path), 409, "conflict")["detail"]
    problem(ada.client.delete(f"{path}?with_documents=yes"), 400, "invalid_input")
    problem(send(ada, "delete", f"{path}?with_documents=true", if_match='"1.0"'), 412, "precondition_failed")
    gone = send(ada, "delete", f"{path}?with_documents=true", if_match=first.headers["etag"])
    assert (gone.status_code, gone.content) == (204, b"")
    assert not [
        each for each in database().list_collection_names() if each.endswith(first.json()["id"].replace("-", ""))
    ]
    problem(ada.get(path), 404, "not_found")
    problem(ada.client.delete(path), 404, "not_found")
    again = send(people["bob"], "post", ADDRESS, {"name": name})
    assert again.status_code == 201
    assert again.headers["etag"] != first.headers["etag"]
    assert people["bob"].get(f"{path}/documents").json()["results"] == []


def test_with_documents_is_for_deleting(people, name):
    services.create_collection(people["ada"].principal, name)
    answer = send(people["ada"], "patch", f"{ADDRESS}/{name}?with_documents=true", {"indexes": []})
    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == "with_documents"


def test_who_only_sees_it_does_not_change_it(people, name):
    services.create_collection(people["ada"].principal, name, visibility="public")
    for method, body in (("patch", {"visibility": "private"}), ("delete", None)):
        for who in ("bob", "ana"):
            problem(send(people[who], method, f"{ADDRESS}/{name}", body), 403, "permission_refused")
        problem(send(people["bob"], method, f"{ADDRESS}/letters", body), 404, "not_found")
    assert send(people["oli"], "patch", f"{ADDRESS}/{name}", {"visibility": "private"}).status_code == 200
