"""Bodies of streams, collections, documents and events: OpenAPI describes what is read, and what is refused."""

import json
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from documents import services as documents
from tests.api.conftest import problem
from timeseries import services as timeseries
from timeseries.services.streams import MAX_GRANTS

NEW = "*" * 32
"""Stands for a name that nothing has."""
IDS = [str(uuid4()) for _ in range(MAX_GRANTS + 1)]
EVENT = {"time": "2026-01-31T12:00:00Z"}
STREAM, COLLECTION = {"name": NEW, "retention": "days7"}, {"name": NEW}
CASES = {
    "/api/v1/streams": [
        (True, {**STREAM, "name": f"A{NEW}._:-".ljust(128, "x")}),
        (False, {**STREAM, "name": f"A{NEW}".ljust(129, "x")}),
        (False, {**STREAM, "name": f".{NEW}"}),
        (False, {**STREAM, "name": f"ä{NEW}"}),
        (False, {**STREAM, "retention": "days8"}),
        (True, {**STREAM, "peak_rate": 1_000_000}),
        (False, {**STREAM, "peak_rate": 1_000_000.5}),
        (False, {**STREAM, "peak_rate": 0}),
        (True, {**STREAM, "readers": IDS[1:]}),
        (False, {**STREAM, "readers": IDS}),
        (False, {**STREAM, "writers": IDS}),
    ],
    "/api/v1/collections": [
        (True, {"name": f"0{NEW}_-".ljust(64, "x")}),
        (False, {"name": f"0{NEW}".ljust(65, "x")}),
        (False, {"name": f"_{NEW}"}),
        (False, {"name": f"{NEW}A"}),
        (False, {**COLLECTION, "visibility": "secret"}),
        (True, {**COLLECTION, "visibility": "linked"}),
        (True, {**COLLECTION, "indexes": [f"a{place}" for place in range(20)]}),
        (False, {**COLLECTION, "indexes": [f"a{place}" for place in range(21)]}),
        (True, {**COLLECTION, "indexes": ["a.b", "x" * 200]}),
        (False, {**COLLECTION, "indexes": ["x" * 201]}),
        (False, {**COLLECTION, "indexes": ["a..b"]}),
        (False, {**COLLECTION, "indexes": ["a.$b"]}),
    ],
    "/api/v1/collections/{collection}/documents": [
        (True, {"fields": {}, "id": "x" * 512}),
        (False, {"fields": {}, "id": "x" * 513}),
        (False, {"fields": {}, "id": ""}),
        (False, {"fields": {}, "id": "a/b"}),
        (False, {"fields": {}, "id": ".."}),
        (True, {"fields": {}, "id": "..."}),
        (True, {"fields": {"a b": 1, "ä": 1, "a$": 1, "\n": 1}}),
        (False, {"fields": {"": 1}}),
        (False, {"fields": {"$a": 1}}),
        (False, {"fields": {"a.b": 1}}),
        (False, {"fields": {"_id": 1}}),
        (False, {"fields": {"_meta": 1}}),
        (False, {"fields": []}),
    ],
    "/api/v1/streams/{stream}/events": [
        (True, [{**EVENT, "id": "x" * 128, "actor": "x:" + "x" * 254, "kind": "x" * 64, "level": "x" * 64}]),
        *((False, [{**EVENT, name: "x" * (bound + 1)}]) for name, bound in [("id", 128), ("actor", 256)]),
        *((False, [{**EVENT, name: "x" * 65}]) for name in ("kind", "level")),
        (True, [{**EVENT, "actor": "user:01A1FD80-AF12-7652-B462-4C67F130D496"}, {**EVENT, "actor": None}]),
        *((False, [{**EVENT, "actor": actor}]) for actor in ("", "nobody", ":", "a:", "user:abc")),
        (False, [{**EVENT, "colour": 1}]),
        (False, []),
        (False, [EVENT] * 10_001),
    ],
}


@pytest.fixture(scope="module")
def description():
    from api.description import openapi_json

    return json.loads(openapi_json())


@pytest.fixture
def address(people):
    """Name things that are there in an address."""
    name = f"test-{uuid4().hex}"
    timeseries.create_stream(people["ada"].principal, name=name, retention="forever")
    documents.create_collection(people["ada"].principal, name)
    return lambda template: template.format(stream=name, collection=name)


@pytest.mark.parametrize(
    ("template", "fits", "body"),
    [(template, *case) for template, cases in CASES.items() for case in cases],
)
def test_a_body_is_read_as_it_is_described(people, address, description, template, fits, body):
    sent = json.dumps(body).replace(NEW, uuid4().hex)
    content = description["paths"][template]["post"]["requestBody"]["content"]["application/json"]
    schema = {**content["schema"], "components": description["components"]}
    assert Draft202012Validator(schema).is_valid(json.loads(sent)) is fits
    answer = people["ada"].client.post(address(template), sent, content_type="application/json")
    assert answer.status_code in ((200, 201) if fits else (400, 413, 422)), answer.content[:500]


@pytest.mark.parametrize("template", ["/api/v1/streams/{stream}", "/api/v1/collections/{collection}"])
def test_a_change_of_nothing_is_refused(people, address, template):
    answer = people["ada"].client.patch(address(template), "{}", content_type="application/json")
    assert problem(answer, 400, "invalid_input")["errors"] == [], "the whole is meant"


def test_what_a_patch_must_have_is_described(description):
    schemas = description["components"]["schemas"]
    assert schemas["DocumentPatchRequest"]["required"] == ["fields"]
    assert schemas["StreamChangeRequest"]["minProperties"] == 1
