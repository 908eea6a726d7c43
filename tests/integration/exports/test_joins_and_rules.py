"""Attributes joined in by batch, within the principal's rights; columns hidden or pseudonymised by role."""

from uuid import uuid4

import orjson
import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from core.errors import InvalidInput, NotFound, PermissionRefused
from core.principals import Principal, Role
from documents import services as documents
from exports.request import parse_request
from exports.running import run_export
from exports.streaming import ExportStream
from exports.targets import open_target
from relational import services as people
from tests.integration.exports.conftest import BEGIN, HOUR
from tests.integration.exports.reading_back import READERS
from timeseries import services

pytestmark = pytest.mark.django_db(databases=["default", "documents", "timeseries"])
COUNT = 40
RANGE = {"from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


@pytest.fixture
def analyst():
    return Principal(uuid4(), Role.ANALYST)


@pytest.fixture
def customers():
    """A collection with a document for each key; its name."""
    name = f"customers-{uuid4().hex[:8]}"
    keeper = Principal(uuid4(), Role.OPERATOR)
    documents.create_collection(keeper, name, visibility="private")
    items = [{"_id": str(number), "name": f"Customer {number}", "at": {"city": "Bern"}} for number in range(3)]
    documents.store_documents(keeper, name, items)
    return name


@pytest.fixture
def shop(owner, make_stream):
    """Events of two users, one by id and one by key, and their customers by a field of the payload; its name."""
    ids = people.ensure_users(["ada", "bob"])
    people.add_keys([(ids["bob"], "shop", "b-1")])
    name = make_stream()
    actors = [f"user:{ids['ada']}", "shop:b-1", "shop:nobody", None]
    events = [
        {
            "time": BEGIN + n * HOUR,
            "actor": actors[n % 4],
            "payload": {"customer": str(n % 5), "in": {"ip": "10.0.0.7"}},
        }
        for n in range(COUNT)
    ]
    services.append_events(owner, name, events)
    return name


def export(principal, folder, **asked):
    request = parse_request({**RANGE, **asked})
    run_export(principal, request, open_target(str(folder)))
    return READERS[request.format](folder)


@pytest.mark.parametrize("name", ["ndjson", "parquet"])
def test_attributes_of_people_and_documents_stand_beside_events(analyst, shop, customers, tmp_path, name):
    joins = ["users.username", f"documents.{customers}.at.city@_id=payload.customer"]
    columns = ["time", "payload", "actor"]
    with CaptureQueriesContext(connections["default"]) as queries:
        rows = export(analyst, tmp_path, streams=[shop], joins=joins, columns=columns, format=name, part_rows=20)
    by_actor = {row["actor"]: row["users.username"] for row in rows}
    assert {actor.partition(":")[0]: name for actor, name in by_actor.items() if actor and name} == {
        "user": "ada",
        "shop": "bob",
    }
    cities = {row["payload"]["customer"]: row[f"documents.{customers}.at.city"] for row in rows}
    assert cities == {"0": "Bern", "1": "Bern", "2": "Bern", "3": None, "4": None}
    assert len(queries) <= 4, "one look for all new keys of a page, and none for those that are known"


def test_a_join_shows_nobody_more_than_they_may_see(owner, shop, customers, tmp_path):
    rows = export(owner, tmp_path / "users", streams=[shop], joins=["users.email", "users.id"])
    assert {row["users.email"] for row in rows} == {row["users.id"] for row in rows} == {None}
    with pytest.raises(NotFound):
        export(owner, tmp_path / "out", streams=[shop], joins=[f"documents.{customers}.name@_id=actor"])


@pytest.mark.parametrize("join", ["users.password", "users.username@x=y", "documents.x.y", "ledger.accounts.balance"])
def test_what_is_no_join_is_refused(analyst, shop, tmp_path, join):
    with pytest.raises(InvalidInput, match="is no join"):
        export(analyst, tmp_path, streams=[shop], joins=[join])


def test_rules_hide_and_pseudonymise_for_a_role(owner, analyst, shop, tmp_path, settings):
    settings.PSEUDONYM_KEY = "a key of tests"
    rules = {"analyst": {"actor": "pseudonym", "payload.in.ip": "hidden", "payload.customer": "pseudonym"}}
    services.put_column_rules(owner, shop, rules)
    own = export(owner, tmp_path / "own", streams=[shop])
    shown = export(analyst, tmp_path / "shown", streams=[shop])
    assert all("10.0.0.7" in str(row) for row in own)
    assert not any("10.0.0.7" in str(row) or "user:" in str(row) or "shop:" in str(row) for row in shown)
    assert {row["payload"]["in"].get("ip") for row in shown} == {None}
    pseudonyms = {row["id"]: (row["actor"], row["payload"]["customer"]) for row in shown}
    originals = {row["id"]: (row["actor"], row["payload"]["customer"]) for row in own}
    pairs = {(originals[event], pseudonyms[event]) for event in originals}
    assert len(pairs) == len({original for original, _ in pairs}) == len({pseudonym for _, pseudonym in pairs})
    again = export(analyst, tmp_path / "again", streams=[shop], format="csv")
    assert {row["id"]: row["actor"] for row in again} == {row["id"]: row["actor"] for row in shown}
    streamed = ExportStream(analyst, {"streams": [shop], **RANGE})
    lines = b"".join(iter(streamed.read, b"")).splitlines()[:-1]
    assert sorted(map(str, map(orjson.loads, lines))) == sorted(map(str, shown))
    joined = export(analyst, tmp_path / "joined", streams=[shop], joins=["users.username"])
    assert {row["users.username"] for row in joined} == {None}
    for condition in ("payload.in.ip=10.0.0.7", "payload.in:exists=true", "actor:prefix=user"):
        with pytest.raises(PermissionRefused, match="hidden from you"):
            export(analyst, tmp_path / "out", streams=[shop], filters=[condition])


@pytest.mark.parametrize(
    "rules", [{"admin": {}}, {"analyst": {"id": "hidden"}}, {"analyst": {"actor": "shown"}}, [], {"analyst": ["actor"]}]
)
def test_rules_that_are_none_are_refused(owner, shop, rules):
    with pytest.raises(InvalidInput):
        services.put_column_rules(owner, shop, rules)


def test_rules_are_made_by_whoever_may_change_the_stream(analyst, shop):
    with pytest.raises(PermissionRefused):
        services.put_column_rules(analyst, shop, {})
    with pytest.raises(NotFound):
        services.put_column_rules(Principal(uuid4()), shop, {})
