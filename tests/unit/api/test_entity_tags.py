"""A 304 says all that its 200 would say of itself, but nothing of a body."""

from django.http import HttpResponse

from api.entity_tags import answer_unchanged

OURS = {"RateLimit": '"default";r=1;t=1', "Deprecation": "@0", "Cache-Control": "private, no-cache"}


def test_headers_of_ours_stand_in_a_304():
    tag = answer_unchanged(HttpResponse(b"{}"), "").headers["ETag"]
    answer = answer_unchanged(HttpResponse(b"{}", content_type="application/json", headers=OURS), f'"other", W/{tag}')
    assert (answer.status_code, answer.content) == (304, b"")
    assert dict(answer.headers) == {**OURS, "ETag": tag}
