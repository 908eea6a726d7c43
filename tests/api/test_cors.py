"""Calls from a browser's page: none unless an origin is allowed; then preflights are answered, and errors readable."""

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.test import Client

from api.middleware import AllowedOrigins

PAGE = "https://app.example"
ASKED = {"origin": PAGE, "access-control-request-method": "PUT", "access-control-request-headers": "if-match"}


@pytest.fixture
def token(people):
    return {"authorization": people["ada"].client.defaults["HTTP_AUTHORIZATION"]}


@pytest.fixture
def allowing(settings):
    """A client of a server that allows PAGE."""
    settings.CORS_ALLOWED_ORIGINS = [PAGE]
    return Client(raise_request_exception=False)


def test_without_origins_nobody_pays_for_it(settings):
    assert settings.CORS_ALLOWED_ORIGINS == []
    with pytest.raises(MiddlewareNotUsed):
        AllowedOrigins(lambda request: None)  # type: ignore[arg-type, return-value]  # it is not called


def test_without_origins_nothing_is_allowed(people):
    answer = people["ada"].client.get("/api/v1/users/me", headers={"origin": PAGE})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_preflight_is_answered_without_a_token(allowing):
    answer = allowing.options("/api/v1/users/me", headers=ASKED)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "PUT" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "if-match", "if-none-match", "idempotency-key", "content-type"} <= set(allowed)
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_of_another_page_is_not_allowed(allowing):
    answer = allowing.options("/api/v1/users/me", headers=ASKED | {"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"), [("users/me", 200), ("users?limit=0", 400), ("nowhere", 404), ("users?a=%00", 400)]
)
def test_an_allowed_page_reads_answers_and_errors(allowing, token, path, status):
    answer = allowing.get(f"/api/v1/{path}", headers=token | {"origin": PAGE})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == PAGE
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"Link", "ETag", "Location", "RateLimit", "X-Request-ID", "Idempotency-Replayed", "Retry-After"} <= exposed
    assert "origin" in answer.headers["vary"].lower()


def test_the_admin_is_no_page_for_others(allowing):
    answer = allowing.get("/admin/login/", headers={"origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers
