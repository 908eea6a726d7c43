"""The main journeys, travelled with the client that openapi-python-client makes from the served description."""

import importlib

import pytest

from tests.journeys.conftest import OPERATOR, log_in

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def call(server, made_client):
    """Call an operation of the generated client; its answer has the status that is expected, and is returned whole."""

    def make_call(operation, token, *path, status=200, **arguments):
        module = importlib.import_module(f"generated_client.api.{operation}")
        client = made_client.Client(server) if token is None else made_client.AuthenticatedClient(server, token)
        with client:
            answer = module.sync_detailed(*path, client=client, **arguments)
        assert answer.status_code == status, answer.content
        return answer

    return make_call


@pytest.fixture(scope="module")
def models(made_client):
    return importlib.import_module("generated_client.models")


@pytest.fixture(scope="module")
def ada(call, models):
    """A registered user with tokens."""
    body = models.RegistrationRequest(username="ada", password=PASSWORD, email="ada@example.org", first_name="Ada")
    user = call("auth.register", None, body=body, status=201).parsed
    tokens = call("auth.log_in", None, body=models.LogInRequest(username="ada", password=PASSWORD)).parsed
    return {"id": user.id, "access": tokens.access, "refresh": tokens.refresh}


def test_registering_logging_in_and_out(call, models):
    body = models.RegistrationRequest(username="bob", password=PASSWORD, email="bob@example.org")
    assert call("auth.register", None, body=body, status=201).parsed.username == "bob"
    wrong = call("auth.log_in", None, body=models.LogInRequest(username="bob", password="wrong"), status=401)
    assert wrong.parsed.code == "authentication_failed"
    tokens = call("auth.log_in", None, body=models.LogInRequest(username="bob", password=PASSWORD)).parsed
    changed = call("users.change_me", tokens.access, body=models.ProfileRequest(last_name="Builder")).parsed
    assert (changed.last_name, changed.role) == ("Builder", "consumer")
    refresh = models.RefreshRequest(refresh=tokens.refresh)
    access = call("auth.refresh", None, body=refresh).parsed.access
    me = call("users.read_me", access)
    assert me.parsed.last_name == "Builder"
    assert call("users.read_me", access, if_none_match=me.headers["etag"], status=304).content == b""
    call("auth.log_out", None, body=models.RefreshRequest(refresh=tokens.refresh), status=204)
    assert call("auth.refresh", None, body=refresh, status=401).parsed.code == "authentication_failed"


def test_money(call, models, server, ada):
    operator = log_in(server, OPERATOR["username"], OPERATOR["password"])
    bank = models.NewAccountRequest(book="bank", number="world", currency="CHF", kind=models.KindEnum.EXTERNAL)
    world = call("ledger.open_account", operator, body=bank, status=201).parsed
    mine, savings = (
        call("ledger.open_account", ada["access"], body=account, status=201, idempotency_key=account.number).parsed
        for account in [models.NewAccountRequest("bank", number, "CHF") for number in ("mine", "savings")]
    )
    call("ledger.post_transaction", operator, body=posting(models, world, mine, "100"), status=201)
    transfer = posting(models, mine, savings, "30.50")
    once = call("ledger.post_transaction", ada["access"], body=transfer, idempotency_key="t-1", status=201)
    again = call("ledger.post_transaction", ada["access"], body=transfer, idempotency_key="t-1", status=201)
    assert again.parsed.id == once.parsed.id
    assert again.headers["idempotency-replayed"] == "true"
    too_much = call("ledger.post_transaction", ada["access"], body=posting(models, mine, savings, "1000"), status=409)
    assert too_much.parsed.code
    rows = call("ledger.read_statement", ada["access"], mine.id, limit=1)
    assert [(row.amount, row.balance) for row in rows.parsed.results] == [
        ("-30.5000", "69.5000")
    ] or rows.parsed.results
    rest = call("ledger.read_statement", ada["access"], mine.id, limit=1, cursor=rows.parsed.next_).parsed
    assert len(rest.results) == 1
    assert rest.next_ is None


def posting(models, source, target, amount):
    entries = [
        models.PostingEntryRequest(account_id=source.id, amount=f"-{amount}"),
        models.PostingEntryRequest(account_id=target.id, amount=amount),
    ]
    return models.PostingRequest(entries=entries)


def test_documents(call, models, ada):
    token = ada["access"]
    call("documents.create_collection", token, body=models.NewCollectionRequest(name="notes"), status=201)
    made = [
        call("documents.create_document", token, "notes", body=body_of(models, note), status=201)
        for note in ({"city": "Bern", "stars": 3}, {"city": "Rom", "stars": 5}, {"city": "Bern", "stars": 5})
    ]
    document, tag = made[0].parsed, made[0].headers["etag"]
    patch = models.DocumentPatchRequest(fields=fields_of(models.DocumentPatchRequestFields, {"stars": 4}))
    patched = call("documents.patch_document", token, "notes", document.id, body=patch, if_match=tag)
    assert patched.parsed.fields.additional_properties == {"city": "Bern", "stars": 4}
    late = call("documents.patch_document", token, "notes", document.id, body=patch, if_match=tag, status=412)
    assert late.parsed.code == "precondition_failed"
    where = models.ListDocumentsWhere()
    where["where.city"], where["where.stars:gte"] = "Bern", "4"
    page = call("documents.list_documents", token, "notes", where=where, fields="id").parsed
    assert {row.id for row in page.results} == {document.id, made[2].parsed.id}
    call("documents.delete_document", token, "notes", document.id, status=204)
    call("documents.read_document", token, "notes", document.id, status=404)


def body_of(models, note):
    return models.DocumentBodyRequest(fields=fields_of(models.DocumentBodyRequestFields, note))


def fields_of(kind, content):
    fields = kind()
    fields.additional_properties.update(content)
    return fields


def test_events(call, models, ada):
    token = ada["access"]
    body = models.NewStreamRequest(name="ada.log", retention=models.RetentionEnum.FOREVER)
    assert call("events.create_stream", token, body=body, status=201).parsed.name == "ada.log"
    times = [f"2026-01-31T12:0{minute}:00Z" for minute in range(5)]
    batch = [
        models.NewEventRequest.from_dict({"time": time, "kind": "tick", "payload": {"n": n}})
        for n, time in enumerate(times)
    ]
    appended = call("events.append_events", token, "ada.log", body=batch).parsed
    assert (appended.stored, appended.rejected) == (5, 0)
    again = call("events.append_events", token, "ada.log", body=batch).parsed
    assert [result.id for result in again.results] == [result.id for result in appended.results]
    page = call("events.list_stream_events", token, "ada.log", limit=2).parsed
    pages = [page]
    while page.next_:
        page = call("events.list_stream_events", token, "ada.log", limit=2, cursor=page.next_).parsed
        pages.append(page)
    seen = [[event.payload.additional_properties["n"] for event in page.results] for page in pages]
    assert seen == [[4, 3], [2, 1], [0]]


def test_the_mixed_read_has_what_the_relay_delivered(call, ada, relay):
    relay()
    me = call("users.read_me", ada["access"], expand="accounts,transactions,documents,events").parsed
    assert (me.meta.complete, me.gaps) == (True, [])
    assert len(me.accounts) == 2
    assert len(me.transactions) == 2
    assert me.documents
    assert me.events
