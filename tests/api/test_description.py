"""OpenAPI: without warnings, and what it says of every answer is so."""

import json
from contextlib import closing
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from jsonschema import Draft202012Validator

from core.times import format_time, now
from query.resources import EXPANDABLE
from tests.api.conftest import PASSWORD
from tests.api.routes import READABLE, ROUTES, by_template
from timeseries import services

UNDESCRIBED = {"/api/v1/schema", "/api/v1/docs", "/metrics"}


@pytest.fixture(scope="module")
def description():
    from api.description import openapi_json

    return json.loads(openapi_json())


def check(description, template, method, answer):
    """Hold an answer against the description of its status; unknown members are refused too."""
    kind = answer.headers["content-type"]
    schema = description["paths"][template][method]["responses"][str(answer.status_code)]["content"][kind]
    closed = json.loads(json.dumps(description["components"]))
    for component in closed["schemas"].values():
        if component.get("type") == "object" and "additionalProperties" not in component:
            component["additionalProperties"] = False
    Draft202012Validator({**schema["schema"], "components": closed}).validate(answer.json())


def test_it_is_made_without_warnings(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
    assert "openapi: 3.1.0" in (tmp_path / "schema.yml").read_text()


def test_every_route_is_described(description):
    assert set(description["paths"]) == {route.template for route in ROUTES} - UNDESCRIBED


def test_it_names_where_events_are_told_as_they_come(description):
    assert "`GET /live/v1/streams/{stream}/events`" in description["info"]["description"]


def test_every_operation_says_what_it_does_and_how_it_fails(description):
    for path in description["paths"].values():
        for operation in path.values():
            assert operation["description"]
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


@pytest.mark.parametrize("route", [route for route in READABLE if route.template not in UNDESCRIBED], ids=by_template)
@pytest.mark.parametrize("name", ["ada", "adm"])
def test_every_answer_is_as_described(people, values, description, route, name):
    answer = people[name].get(route.address(values))
    assert answer.status_code == 200, answer.content
    check(description, route.template, "get", answer)


def test_a_mixed_answer_is_as_described(people, values, description):
    answer = people["ada"].get("/api/v1/users/me", expand=",".join(EXPANDABLE))
    assert all(answer.json()[name] for name in EXPANDABLE)
    check(description, "/api/v1/users/me", "get", answer)


def test_tokens_are_as_described(anybody, people, description):
    body = {"username": "ada", "password": PASSWORD}
    tokens = anybody.post("/api/v1/auth/token", body, content_type="application/json")
    assert tokens.status_code == 200
    check(description, "/api/v1/auth/token", "post", tokens)
    body = {"refresh": tokens.json()["refresh"]}
    answer = anybody.post("/api/v1/auth/token/refresh", body, content_type="application/json")
    assert answer.status_code == 200
    check(description, "/api/v1/auth/token/refresh", "post", answer)


def test_what_became_of_a_batch_is_as_described(people, description):
    name = f"test-{uuid4().hex}"
    services.create_stream(people["ada"].principal, name=name, retention="days7")
    for batch, status in [([{"time": format_time(now())}], 200), ([{"time": "yesterday"}], 422)]:
        address = f"/api/v1/streams/{name}/events"
        answer = people["ada"].client.post(address, json.dumps(batch), content_type="application/json")
        assert answer.status_code == status, answer.content
        check(description, "/api/v1/streams/{stream}/events", "post", answer)


def test_a_problem_is_as_described(anybody, description):
    answer = anybody.get("/api/v1/users")
    assert answer.status_code == 401
    Draft202012Validator(description["components"]["schemas"]["Problem"]).validate(answer.json())


def test_parameters_are_described_as_they_are_read(description):
    for route in READABLE:
        if route.template in UNDESCRIBED:
            continue
        described = description["paths"][route.template]["get"].get("parameters", [])
        named = {parameter["name"] for parameter in described if parameter["in"] == "query"}
        assert named == {parameter.name for parameter in route.view.parameters}
        assert all(parameter.get("description") for parameter in described if parameter["in"] == "query")


def test_parameters_of_writes_are_described_where_they_are_read(description):
    operations = description["paths"]["/api/v1/collections/{collection}"]
    queries = {
        method: [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        for method, operation in operations.items()
    }
    assert queries == {"get": ["fields"], "patch": [], "delete": ["with_documents"]}


def test_each_header_is_described_once_and_in_one_way(description):
    ways: dict[str, set[str]] = {}
    for path in description["paths"].values():
        for operation in path.values():
            headers = [each for each in operation.get("parameters", ()) if each["in"] == "header"]
            names = [each["name"].lower() for each in headers]
            assert sorted(names) == sorted(set(names))
            for each in headers:
                ways.setdefault(each["name"], set()).add(json.dumps(each, sort_keys=True))
    assert set(ways) == {"If-Match", "If-None-Match", "Idempotency-Key", "If-Range", "Range"}
    assert {name: len(found) for name, found in ways.items()} == dict.fromkeys(ways, 1)


def test_filters_say_what_they_take(description):
    described = description["paths"]["/api/v1/accounts"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in described}
    assert schemas["owner"] == {"type": "string", "format": "uuid"}
    assert schemas["kind"] == {"type": "string", "enum": ["asset", "external"]}
    booked = description["paths"]["/api/v1/transactions"]["get"]["parameters"]
    assert {"type": "string", "format": "date-time"} in [parameter["schema"] for parameter in booked]


def test_the_schema_is_served(anybody, description):
    assert anybody.get("/api/v1/schema").json() == description


def test_the_type_of_a_problem_leads_to_the_docs_page(anybody):
    for path in ("/api/v1/users", "/api/v1/nowhere", "/livez?x=1"):
        page, _, anchor = anybody.get(path).json()["type"].partition("#")
        assert f'id="{anchor}"' in anybody.get(page).content.decode()


def test_the_docs_page_takes_every_file_from_here(anybody):
    import re

    page = anybody.get("/api/v1/docs").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 4
    for address in addresses:
        assert finders.find(address.removeprefix("/static/")), address
        with closing(anybody.get(address)) as answer:
            assert answer.status_code == 200


def bodies_of(operation):
    answers = [answer for answer in operation["responses"].values() if "content" in answer]
    for described in [*answers, operation.get("requestBody", {})]:
        if "application/json" in described.get("content", {}):
            yield described["content"]["application/json"]


def test_every_example_is_as_its_schema_says(description):
    examples = 0
    for path in description["paths"].values():
        for operation in path.values():
            for body in bodies_of(operation):
                schema = {**body["schema"], "components": description["components"]}
                Draft202012Validator(schema).validate(body["example"])
                examples += 1
    assert examples > len(description["paths"])


def test_every_operation_has_an_id_a_summary_tags_and_its_problems(description):
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["tags"]
        assert len(operation["summary"]) > 5
        assert {"400", "406", "429", "500", "503", "504"} <= set(operation["responses"])


def test_every_problem_has_an_example_for_each_code(description):
    from api.errors import HTTP_ERRORS

    shown = {}
    for name, answer in description["components"]["responses"].items():
        assert answer["description"]
        for code, example in answer["content"]["application/problem+json"].get("examples", {}).items():
            Draft202012Validator(description["components"]["schemas"]["Problem"]).validate(example["value"])
            shown[code] = name
    assert shown == {code: f"Problem{error.status}" for code, error in HTTP_ERRORS.items()}


def test_bodies_that_are_read_strictly_are_described_so(description):
    for name in ("LogInRequest", "RefreshRequest"):
        schema = description["components"]["schemas"][name]
        assert schema["additionalProperties"] is False
        assert all(field["maxLength"] for field in schema["properties"].values())


@pytest.mark.parametrize(
    ("template", "status"),
    [
        ("/api/v1/auth/token", "401"),
        ("/api/v1/auth/token/refresh", "401"),
        ("/api/v1/auth/register", "409"),
        ("/api/v1/accounts", "422"),
        ("/api/v1/transactions", "422"),
        ("/api/v1/transactions/{transaction_id}/reversal", "422"),
    ],
)
def test_what_a_write_is_refused_with_is_described(description, template, status):
    responses = description["paths"][template]["post"]["responses"]
    assert responses[status] == {"$ref": f"#/components/responses/Problem{status}"}
