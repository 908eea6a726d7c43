"""What is the same at every address: representations, fields, tags, methods, the index, and that all errors are named."""

import json

import pytest

from api.parameters import MAX_LIMIT
from api.views import PagedView
from tests.api.conftest import problem
from tests.api.good_requests import fresh_invitation
from tests.api.routes import READABLE, ROUTES, by_template

LISTS = [route for route in READABLE if issubclass(route.view, PagedView)]
TAGGED = [route for route in READABLE if route.view.has_entity_tags and route.view.media_types == ("application/json",)]
SHAPED = [route for route in READABLE if route.view.shape]


@pytest.mark.parametrize("route", LISTS, ids=by_template)
def test_a_list_is_given_as_lines(people, values, route):
    page = people["adm"].client.get(route.address(values, "limit=2"))
    lines = people["adm"].client.get(route.address(values, "limit=2"), headers={"accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.content.splitlines()] == page.json()["results"]
    assert lines.headers.get("link") == page.headers.get("link")
    assert lines.headers["vary"] == "Accept"


def test_the_next_page_of_lines_is_in_the_link(people, ledger):
    address, seen = "/api/v1/transactions?limit=2", []
    while address:
        answer = people["ada"].client.get(address, headers={"accept": "application/x-ndjson"})
        seen += [json.loads(line)["id"] for line in answer.content.splitlines()]
        address = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == [str(row) for row in reversed(ledger["transactions"][:5])]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("application/x-ndjson;q=0.5, application/json;q=0.6", "application/json"),
        ("text/html, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("application/x-ndjson;q=0, application/*", "application/json"),
        ("Application/X-NDJSON", "application/x-ndjson"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
    ],
)
def test_the_weights_of_accept_decide(people, accept, given):
    answer = people["ada"].client.get("/api/v1/users", headers={"accept": accept} if accept else {})
    assert answer.headers["content-type"] == given


def test_an_error_is_json_whatever_was_asked_for(people):
    answer = people["ada"].client.get("/api/v1/users?limit=0", headers={"accept": "application/x-ndjson"})
    problem(answer, 400, "invalid_input")


def test_a_single_thing_is_not_given_as_lines(people):
    answer = people["ada"].client.get("/api/v1/users/me", headers={"accept": "application/x-ndjson"})
    assert "gives application/json" in problem(answer, 406, "not_acceptable")["detail"]


@pytest.mark.parametrize("route", SHAPED, ids=by_template)
def test_fields_are_chosen(people, values, route):
    if route.template.endswith("invitations"):
        fresh_invitation({"user_id": str(people["adm"].id)})
    for name in route.view.shape().fields:
        answer = people["adm"].client.get(route.address(values, f"fields={name}"))
        assert answer.status_code == 200, answer.content
        rows = answer.json()["results"] if issubclass(route.view, PagedView) else [answer.json()]
        assert rows or route.template.endswith("api-keys")
        assert all(set(row) == {name} for row in rows), name


@pytest.mark.parametrize("route", SHAPED, ids=by_template)
@pytest.mark.parametrize("fields", ["nothing", "id,nothing", ",", "id,"])
def test_unknown_fields_are_refused_by_name(people, values, route, fields):
    refusal = problem(people["adm"].client.get(route.address(values, f"fields={fields}")), 400, "invalid_input")
    assert "there are" in refusal["detail"]
    assert refusal["errors"][0]["path"] == "fields"


def test_every_list_and_named_thing_has_a_shape():
    without = {route.template for route in READABLE if not route.view.shape and not route.is_public}
    counted = {f"/api/v1/streams/{{stream}}/{what}" for what in ("count", "histogram", "top")}
    assert without == {"/api/v1/retention-classes"} | counted  # a handful of short rows


@pytest.mark.parametrize("route", TAGGED, ids=by_template)
def test_what_has_not_changed_is_not_sent_again(people, values, route):
    client, address = people["adm"].client, route.address(values)
    tag = client.get(address).headers["etag"]
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(address, headers={"if-none-match": asked})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for asked in ('"other"', tag.strip('"'), "garbage"):
        assert client.get(address, headers={"if-none-match": asked}).status_code == 200


def test_a_tag_changes_with_the_thing(stranger):
    before = stranger.get("/api/v1/users/me").headers["etag"]
    assert stranger.get("/api/v1/users/me", fields="id").headers["etag"] != before
    from relational.models import User

    User.objects.filter(id=stranger.id).update(first_name="Other")
    assert stranger.client.get("/api/v1/users/me", headers={"if-none-match": before}).status_code == 200


@pytest.mark.parametrize("route", READABLE, ids=by_template)
def test_head_is_get_without_a_body(people, values, route):
    client, address = people["adm"].client, route.address(values)
    whole, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "etag", "link"):
        assert head.headers.get(name) == whole.headers.get(name)


@pytest.mark.parametrize("route", ROUTES, ids=by_template)
def test_options_names_the_methods_to_anybody(anybody, values, route):
    answer = anybody.options(route.path(values))
    assert (answer.status_code, answer.content) == (204, b"")
    allowed = {word.strip().lower() for word in answer.headers["allow"].split(",")}
    assert allowed == {*route.methods, "options"} | ({"head"} if "get" in route.methods else set())


def test_every_wrong_parameter_is_named_at_once(people):
    answer = people["ada"].get("/api/v1/transactions", limit="0", fields="x", unknown="1", cursor="")
    errors = problem(answer, 400, "invalid_input")["errors"]
    assert [error["path"] for error in errors] == ["cursor", "fields", "limit", "unknown"]


def test_every_wrong_field_is_named_at_once(anybody):
    body = {"username": 1, "other": 2}
    answer = anybody.post("/api/v1/auth/token", body, content_type="application/json")
    paths = {error["path"] for error in problem(answer, 400, "invalid_input")["errors"]}
    assert paths == {"other", "username", "password"}


def test_a_field_below_that_is_unknown_is_named_with_the_others(people):
    body = {"entries": [{"account_id": 7, "amount": "1", "more": 1}, {"amount": "x"}], "descriptoin": "", "a": 1}
    answer = people["ada"].client.post("/api/v1/transactions", body, content_type="application/json")
    paths = [error["path"] for error in problem(answer, 400, "invalid_input")["errors"]]
    entries = ["entries[0].account_id", "entries[0].more", "entries[1].account_id", "entries[1].amount"]
    assert sorted(paths) == ["a", "descriptoin", *entries]


def test_the_index_names_every_list_and_leads_to_the_description(anybody):
    index = anybody.get("/api/v1/").json()
    assert set(index["links"].values()) >= {"/api/v1/transactions", "/api/v1/schema", "/api/v1/docs"}
    known = {route.template for route in ROUTES}
    assert all(address in known for address in index["links"].values())
    assert {address for address in known if "{" not in address and address.startswith("/api/v1/")} == {
        "/api/v1/",
        *index["links"].values(),
    }


def test_the_time_in_each_store_is_told(people):
    timing = people["ada"].get("/api/v1/users/me", expand="accounts,documents,events").headers["server-timing"]
    assert {part.partition(";dur=")[0] for part in timing.split(", ")} == {"postgresql", "mongodb", "cassandra"}
    assert all(float(part.partition(";dur=")[2]) >= 0 for part in timing.split(", "))


def test_an_address_that_asks_no_store_tells_no_time(anybody):
    assert "server-timing" not in anybody.get("/livez").headers


@pytest.mark.parametrize("route", LISTS, ids=by_template)
def test_every_list_gives_the_longest_page_it_promises(people, values, route):
    answer = people["adm"].client.get(route.address(values, f"limit={MAX_LIMIT}"))
    assert answer.status_code == 200, answer.content
    assert answer.json()["next"] is None
