"""What Trivium keeps itself, its streams and collections: read as before, written, changed and deleted by nobody else."""

import json

import pytest

from core.ids import new_id
from core.principals import SYSTEM
from documents import services as documents
from documents.services import NewerFields
from operations.relay.handlers.collections import AUDIT
from operations.relay.handlers.ledger import LEDGER
from operations.relay.handlers.profiles import PROFILES
from operations.relay.handlers.streams import append_each
from operations.relay.handlers.summaries import SUMMARIES
from operations.relay.outcomes import DELIVERED
from tests.api.conftest import problem
from timeseries import services as timeseries

JSON = "application/json"
TIME = "2026-01-31T12:00:00Z"
KEPT = "kept by Trivium itself"


def refuse(person, method, path, body=None, kind=JSON):
    answer = getattr(person.client, method)(path, body if kind == JSON else json.dumps(body), content_type=kind)
    assert KEPT in problem(answer, 403, "permission_refused")["detail"]


@pytest.mark.parametrize("who", ["oli", "adm"])
@pytest.mark.parametrize("stream", [AUDIT, LEDGER], ids=lambda stream: stream.name)
def test_nobody_rewrites_a_stream_that_trivium_keeps(people, who, stream):
    told = {"id": str(new_id()), "time": TIME, "kind": "told", "payload": {"n": 1}}
    address = f"/api/v1/streams/{stream.name}"
    assert append_each(stream, {1: told}) == {1: DELIVERED}
    before = people[who].get(f"{address}/events").json()["results"]
    assert [each["payload"] for each in before if each["client_id"] == told["id"]] == [{"n": 1}]
    refuse(people[who], "post", f"{address}/events", [{**told, "payload": {"n": 2}}])
    refuse(people[who], "patch", address, {"writers": [str(people[who].id)]})
    refuse(people[who], "patch", address, {"owner_id": str(people[who].id)})
    refuse(people[who], "post", f"{address}/settings", {"retention": "days7", "peak_rate": 1})
    assert people[who].get(f"{address}/events").json()["results"] == before
    assert append_each(stream, {2: {**told, "id": str(new_id())}}) == {2: DELIVERED}


def test_a_writer_of_a_stream_that_trivium_keeps_writes_nothing(people):
    append_each(AUDIT, {1: {"id": str(new_id()), "time": TIME, "kind": "told", "payload": {}}})
    timeseries.change_stream(SYSTEM, AUDIT.name, writers=[people["ada"].id])
    try:
        address, event = f"/api/v1/streams/{AUDIT.name}/events", {"time": TIME, "payload": {}}
        problem(people["ada"].client.post(address, [event], content_type=JSON), 404, "not_found")
    finally:
        timeseries.change_stream(SYSTEM, AUDIT.name, writers=[])


@pytest.mark.parametrize("who", ["ada", "oli", "adm"])
@pytest.mark.parametrize("collection", [PROFILES, SUMMARIES])
def test_nobody_rewrites_a_collection_that_trivium_keeps(people, who, collection):
    documents.ensure_collection(SYSTEM, collection, visibility="linked")
    key, address = people[who].id, f"/api/v1/collections/{collection}"
    documents.store_newer_fields(SYSTEM, collection, [NewerFields(key, 1, {"n": 1})])
    document = f"{address}/documents/{key}"
    before = people[who].get(document).json()
    refuse(people[who], "put", document, {"fields": {"n": 2}})
    refuse(people[who], "patch", document, {"fields": {"n": 2}}, "application/merge-patch+json")
    refuse(people[who], "post", f"{address}/documents", {"fields": {"n": 2}})
    refuse(people[who], "delete", document)
    refuse(people[who], "patch", address, {"visibility": "public"})
    refuse(people[who], "delete", f"{address}?with_documents=true")
    assert people[who].get(document).json() == before
    stored = documents.store_newer_fields(SYSTEM, collection, [NewerFields(key, 2, {"n": 2})])
    assert [result.status for result in stored] == ["stored"]


def test_nobody_gives_trivium_a_thing(people):
    nobody = str(SYSTEM.user_id)
    for address, body in (("collections", {}), ("streams", {"retention": "days7"})):
        sent = {"name": f"test-{new_id()}", "owner_id": nobody, **body}
        answer = people["adm"].client.post(f"/api/v1/{address}", sent, content_type=JSON)
        problem(answer, 403, "permission_refused")
