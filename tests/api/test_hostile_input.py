"""Wrong input over every route: always a 4xx that says what is wrong, never a 500, nothing silently mended."""

import json

import pytest

from tests.api.conftest import problem
from tests.api.routes import READABLE, ROUTES, WRITABLE, by_template

HOSTILE_SEGMENTS = [
    "%00",
    "a%00b",
    "%FF",
    "%ED%A0%80",
    "%C0%AF",
    "%2E%2E",
    "x" * 4000,
    "%F0%9F%92%A9",
    "'%3B%20DROP%20TABLE%20relational_user%3B--",
    "%7B%22$gt%22%3A%22%22%7D",
    "$where",
    "99999999999999999999999",
    "-1",
    "NaN",
    "018f0000-0000-7000-8000-00000000000g",
    "%0D%0AX-Injected%3A%201",
    "%7B0%7D",
    "%25",
]
HOSTILE_VALUES = [
    "%00",
    "%FF",
    "%ED%A0%80",
    "",
    "0",
    "-1",
    "1001",
    "1e3",
    "%D9%A3",
    "99999999999999999999999999",
    "x" * 5000,
    "NaN",
    "2026-01-31",
    "2026-01-31T12:00:00",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "%7B%22$gt%22%3A%22%22%7D",
    "%5B%5D",
    "%F0%9F%92%A9",
    "'",
    "eyJ:x:y",
]
DEEP = b"[" * 100_000 + b"]" * 100_000
HOSTILE_BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "two values": b"{}{}",
    "array": b"[]",
    "text": b'"x"',
    "null": b"null",
    "number": b"7",
    "NaN": b'{"username": NaN, "password": "x"}',
    "Infinity": b'{"username": -Infinity, "password": "x"}',
    "beyond a double": b'{"username": 1e999, "password": "x"}',
    "huge integer": b'{"username": 9223372036854775808, "password": "x"}',
    "endless integer": b'{"username": ' + b"9" * 10_000 + b"}",
    "duplicate key": b'{"username": "a", "username": "b", "password": "x"}',
    "NUL": b'{"username": "a\\u0000b", "password": "x", "refresh": "\\u0000"}',
    "NUL in a key": b'{"user\\u0000name": "a"}',
    "raw NUL": b'{"username": "a\x00b"}',
    "lone surrogate": b'{"username": "\\ud800", "password": "x", "refresh": "\\udfff"}',
    "not UTF-8": b'{"username": "\xff"}',
    "UTF-16": '{"username": "a"}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"username": "a"}',
    "deep": DEEP,
    "just too deep": b"[" * 101 + b"]" * 101,
    "wrong types": b'{"username": {"$gt": ""}, "password": ["x"], "refresh": {}}',
    "numbers for text": b'{"username": 1, "password": 2, "refresh": 3}',
    "wrong types of people": b'{"name": 7, "scopes": "x", "expires": 1, "is_manager": "yes", "role": [], "is_active": 1}',
    "unknown field": b'{"username": "a", "password": "x", "refresh": "x", "is_superuser": true}',
    "nulls": b'{"username": null, "password": null, "refresh": null}',
    "over-long": b'{"username": "' + b"x" * 100_000 + b'", "password": "x", "refresh": "' + b"x" * 100_000 + b'"}',
    "comment": b'{"username": "a" /* x */}',
    "trailing comma": b'{"username": "a",}',
    "single quotes": b"{'username': 'a'}",
}


# What they do stands in the address: no body is as good as an empty object.
NEED_NO_BODY = {"/api/v1/transactions/{transaction_id}/reversal"}


def refused(answer):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300])
    return problem(answer, answer.status_code, answer.json()["code"])


def send(people, values, route, body, *, content_type="application/json", **options):
    """Send a body by each method of a route that takes one, as an administrator, who may ask for everything."""
    for method in route.body_methods:
        client = people["adm"].client
        yield client.generic(method.upper(), route.address(values), body, content_type, **options)


def query_names(route):
    ends = {":": "in", ".": "place"}
    return [
        f"{each.name}{each.mark}{ends[each.mark]}" if each.is_family else each.name for each in route.view.parameters
    ]


@pytest.fixture
def callers(people):
    """A consumer and an administrator."""
    return [people["ada"], people["adm"]]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.names], ids=by_template)
@pytest.mark.parametrize("segment", HOSTILE_SEGMENTS, ids=lambda text: text[:20])
def test_hostile_segments_of_the_path(callers, values, route, segment):
    for caller in callers:
        for name in route.names:
            address = route.path({**values, name: segment})
            refused(caller.get(address))


@pytest.mark.parametrize("route", READABLE, ids=by_template)
def test_hostile_query_values(callers, values, route):
    for caller in callers:
        for name in [*query_names(route), "where.$where", "unknown"]:
            for value in HOSTILE_VALUES:
                answer = caller.client.get(route.address(values, f"{name}={value}"))
                assert answer.status_code < 500, (name, value, answer.content[:300])
                if answer.status_code != 200:
                    refused(answer)


@pytest.mark.parametrize("route", READABLE, ids=by_template)
@pytest.mark.parametrize("query", ["unknown=1", "%75nknown=", "format=xml", "=1", "Limit=1", "limit[]=1", "\u0131d=1"])
def test_unknown_parameters_are_refused_by_name(people, values, route, query):
    answer = people["ada"].client.get(route.address(values, query))
    assert "this address knows" in problem(answer, 400, "invalid_input")["detail"]


@pytest.mark.parametrize("route", [route for route in READABLE if route.view.parameters], ids=by_template)
def test_a_parameter_stands_once_and_has_a_value(people, values, route):
    for name in query_names(route):
        for query in (f"{name}=", f"{name}=1&{name}=1"):
            answer = people["ada"].client.get(route.address(values, query))
            assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == name


@pytest.mark.parametrize("query", ["x=1&" * 2000, "x" * 200_000])
def test_endless_queries(people, query):
    refused(people["ada"].client.get(f"/api/v1/users?{query}"))


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1.0", "1e2", "+5", " 5", "5 ", "٣", "0x10", "1" * 400])
def test_limits_out_of_range(people, limit):
    answer = people["ada"].get("/api/v1/users", limit=limit)
    assert "from 1 to 1000" in problem(answer, 400, "invalid_input")["detail"]


@pytest.mark.parametrize("route", WRITABLE, ids=by_template)
@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
def test_hostile_bodies(people, values, route, body):
    if not body and route.template in NEED_NO_BODY:
        return
    for answer in send(people, values, route, body):
        refused(answer)


@pytest.mark.parametrize("route", WRITABLE, ids=by_template)
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "/",
        "application/json, text/plain",
    ],
)
def test_other_content_types(people, values, route, content_type):
    body = json.dumps({"username": "ada", "password": "x", "refresh": "x"})
    for answer in send(people, values, route, body, content_type=content_type):
        problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("route", WRITABLE, ids=by_template)
def test_a_body_over_the_bound(people, values, route, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.MAX_EVENTS_BODY_BYTES = 100
    body = json.dumps({"username": "x" * 100})
    for answer in send(people, values, route, body):
        problem(answer, 413, "too_large")


@pytest.mark.parametrize("route", WRITABLE, ids=by_template)
@pytest.mark.parametrize("length", ["-5", "abc", "0", "99999999999999999999", "2"])
def test_a_wrong_content_length(people, values, route, length):
    if length == "0" and route.template in NEED_NO_BODY:
        return
    for answer in send(people, values, route, b'{"username": "ada"}', CONTENT_LENGTH=length):
        refused(answer)


@pytest.mark.parametrize("route", WRITABLE, ids=by_template)
def test_a_body_in_chunks_is_refused(people, values, route):
    for answer in send(people, values, route, b"{}", headers={"transfer-encoding": "chunked"}):
        # Events may come in chunks; these are none.
        code = (400, "body_cut_off") if route.template.endswith("{stream}/events") else (411, "length_required")
        problem(answer, *code)


@pytest.mark.parametrize("route", ROUTES, ids=by_template)
def test_other_methods_are_refused(people, values, route):
    for method in ("get", "post", "put", "patch", "delete", "options", "trace", "head"):
        if method in (*route.methods, "options") or (method == "head" and "get" in route.methods):
            continue
        answer = people["adm"].client.generic(method.upper(), route.address(values))
        assert answer.status_code == 405
        allowed = {word.strip() for word in answer.headers["allow"].lower().split(",")}
        assert allowed - {"head", "options"} == set(route.methods)
        if method != "head":
            problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_public], ids=by_template)
def test_nobody_reads_without_a_token(anybody, values, route):
    problem(anybody.get(route.address(values)), 401, "not_authenticated")


@pytest.mark.parametrize("route", READABLE, ids=by_template)
@pytest.mark.parametrize(
    "accept", ["application/xml", "garbage", "*", "/", ",", "\xff", "*/*;q=0", "application/*;q=0"]
)
def test_an_accept_that_nothing_meets(people, values, route, accept):
    answer = people["adm"].client.get(route.address(values), headers={"accept": accept})
    assert route.view.media_types[0] in problem(answer, 406, "not_acceptable")["detail"]


def test_a_wrong_host_is_a_problem(anybody):
    refused = problem(anybody.get("/livez", headers={"host": "evil.example"}), 400, "invalid_input")
    assert "TRIVIUM_ALLOWED_HOSTS" in refused["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/%FF",
        "/api/v1/%ED%A0%80",
        "/api",
        "/api/v1",
        "/api/v2/users",
        "/api/v1/users/",
        "//livez",
        "/livez/",
    ],
)
def test_unknown_addresses_are_problems(anybody, path):
    problem(anybody.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("address", "words", "paths"),
    [
        ("/%00", "NUL", []),
        ("/admin/%00", "NUL", []),
        ("/api/v1/users?username=%00", "NUL", ["username"]),
        ("/api/v1/events?limit=5&act%6Fr=user:a%00b&to=%00", "NUL", ["actor", "to"]),
        ("/api/v1/users?username=%FF", "UTF-8", ["username"]),
        ("/api/v1/users?username=%ED%A0%80", "UTF-8", ["username"]),
        ("/api/v1/users?%C0%AF=1", "UTF-8", []),
    ],
)
def test_addresses_that_are_no_text(people, address, words, paths):
    refused = problem(people["ada"].client.get(address), 400, "invalid_input")
    assert words in refused["detail"]
    assert [error["path"] for error in refused["errors"]] == paths


def test_a_mistake_of_ours_is_a_problem_with_the_request_id(people, monkeypatch):
    from relational import selectors

    def fail(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr(selectors, "users_page", fail)
    answer = people["ada"].client.get("/api/v1/users", headers={"x-request-id": "mine-1"})
    assert problem(answer, 500, "internal_error")["request_id"] == "mine-1"
    assert b"secret" not in answer.content


@pytest.mark.parametrize(("offered", "taken"), [("abc-1", True), ("x" * 129, False), ("a b", False), ("a\r\nb", False)])
def test_the_request_id_is_taken_when_it_is_modest(anybody, offered, taken):
    answer = anybody.get("/livez", headers={"x-request-id": offered})
    assert (answer.headers["x-request-id"] == offered) is taken
    assert answer.headers["x-request-id"]
