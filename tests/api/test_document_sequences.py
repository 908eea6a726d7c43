"""Any sequence of writes of one document does what a dictionary and a counter do: fields, versions, entity tags."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import new_id
from documents import services
from tests.unit.documents.test_merging import JSON, rfc_merge_patch

FIELDS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)
CONDITIONS = st.sampled_from([None, None, "present", "stale", "*", "none *"])
WRITES = st.lists(st.tuples(st.sampled_from(["post", "put", "patch", "delete"]), FIELDS, CONDITIONS), max_size=8)


class Oracle:
    """One document in memory: its fields (None: there is none) and how often it changed."""

    def __init__(self):
        self.fields, self.version = None, 0

    def write(self, method, fields, condition):
        """Return the status that the write must have, and do it when it succeeds."""
        is_there = self.fields is not None
        if method == "post":
            return 409 if is_there else self._become(fields, 201)
        if method in ("patch", "delete") and not is_there:
            return 404
        if (
            condition == "stale"
            or (condition in ("present", "*") and not is_there)
            or (condition == "none *" and is_there)
        ):
            return 412
        if method == "delete":
            return self._become(None, 204)
        if method == "patch":
            return self._become(rfc_merge_patch(self.fields, fields), 200)
        return self._become(fields, 200 if is_there else 201)

    def _become(self, fields, status):
        if repr(sorted_tree(fields)) != repr(sorted_tree(self.fields)):
            self.version += 1
        self.fields = fields
        return status


def sorted_tree(value):
    """Return a value whose writing says nothing of the order of its keys."""
    if isinstance(value, dict):
        return {key: sorted_tree(value[key]) for key in sorted(value)}
    return [sorted_tree(each) for each in value] if isinstance(value, list) else value


def headers_of(method, condition, present, stale):
    tags = {"present": present or '"0.0"', "stale": stale, "*": "*"}
    if condition is None or method == "post":
        return {}
    return {"if-none-match": "*"} if condition == "none *" else {"if-match": tags[condition]}


def ask(person, address, method, fields, headers):
    path = address if method == "post" else f"{address}/x"
    body = json.dumps({"fields": fields} | ({"id": "x"} if method == "post" else {}))
    return getattr(person.client, method)(path, body, content_type="application/json", headers=headers)


@pytest.fixture(scope="module")
def documents_address(people):
    """An address for the documents of a fresh collection, each time that it is called."""

    def make():
        name = f"sequence-{new_id()}"
        services.create_collection(people["ada"].principal, name)
        return f"/api/v1/collections/{name}/documents"

    return make


@settings(max_examples=40)
@given(WRITES)
def test_any_sequence_of_writes(people, documents_address, writes):
    ada, address, oracle = people["ada"], documents_address(), Oracle()
    present: str | None = None
    tags: dict[int, str] = {}
    for method, fields, condition in writes:
        headers = headers_of(method, condition, present, '"0.0", W/' + (present or '"1.1"'))
        answer = ask(ada, address, method, fields, headers)
        assert answer.status_code == oracle.write(method, fields, condition), (method, condition, answer.content)
        read = ada.get(f"{address}/x")
        assert read.status_code == (404 if oracle.fields is None else 200)
        if read.status_code == 404:
            present = None
            continue
        present = read.headers["etag"]
        body = read.json()
        assert (repr(sorted_tree(body["fields"])), body["version"]) == (
            repr(sorted_tree(oracle.fields)),
            oracle.version,
        )
        assert tags.setdefault(oracle.version, present) == present
        if answer.status_code in (200, 201):
            assert (answer.json(), answer.headers["etag"]) == (body, present)
    assert len(set(tags.values())) == len(tags)
