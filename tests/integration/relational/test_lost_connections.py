"""A connection lost in a write leaves its outcome unknown; one that was never had, or lost in a read, does not."""

import pytest
from django.db import connection
from django.test import Client

from api.authentication import make_access_token
from core.errors import OutcomeUnknown, StoreUnavailable
from core.principals import Role
from relational import selectors, services
from relational.models import Transaction, User
from relational.rows import CredentialRow
from relational.units import run_unit
from tests.integration.relational.posting import Bank, balance_of, check_books
from tests.proxy import Proxy

pytestmark = pytest.mark.django_db(transaction=True)
FAIL_AT_COMMIT = """
CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON relational_user DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION fail_at_commit()
"""
TERMINATE = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60)"
FAIL = "DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '{}'; END $$"


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def reconnect(monkeypatch):
    """Let new connections go to another port, through a pool or without; the old ones are closed."""

    def reconnect(port, *, is_pooled=True):
        _close()
        options = connection.settings_dict["OPTIONS"]
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
        monkeypatch.setitem(options, "pool", {**options["pool"], "timeout": 0.5} if is_pooled else None)

    yield reconnect
    _close()
    monkeypatch.undo()


def _close():
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL's has it


@pytest.fixture
def door(bank, reconnect):
    proxy = Proxy((connection.settings_dict["HOST"], int(connection.settings_dict["PORT"])))
    reconnect(proxy.port)
    yield proxy
    _close()
    proxy.close()


def test_a_payment_whose_commit_was_not_answered_is_unknown_and_sent_again_replayed(bank, door):
    token = make_access_token(CredentialRow(bank.ada.user_id, Role.CONSUMER.value, ""))
    client = Client(headers={"authorization": f"Bearer {token}", "idempotency-key": "one"})

    def pay():
        entries = [(bank.adas, "-10"), (bank.bobs, "10")]
        body = {"entries": [{"account_id": str(account), "amount": amount} for account, amount in entries]}
        return client.post("/api/v1/transactions", body, content_type="application/json")

    door.cut_at = b"COMMIT"
    lost = pay()
    assert (lost.status_code, lost.json()["code"]) == (503, "outcome_unknown")
    assert Transaction.objects.count() == 3
    again = pay()
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert (balance_of(bank.adas), balance_of(bank.bobs)) == (90, 110)
    check_books()


@pytest.mark.parametrize("cut_at", [b"INSERT", b"COMMIT"])
def test_a_unit_that_lost_its_connection_is_not_run_again(door, cut_at):
    runs = []

    def work():
        runs.append(1)
        User.objects.create(username="carla")

    door.cut_at = cut_at
    with pytest.raises(OutcomeUnknown):
        run_unit(work)
    assert len(runs) == 1
    assert User.objects.filter(username="carla").exists() is (cut_at == b"COMMIT")


def test_a_single_statement_that_was_not_answered_is_unknown(door):
    door.cut_at = b"DELETE"
    with pytest.raises(OutcomeUnknown):
        services.prune_answers()


def test_a_read_that_was_not_answered_is_unavailable(bank, door):
    door.cut_at = b"SELECT"
    with pytest.raises(StoreUnavailable):
        selectors.transactions_page(bank.operator, limit=9)
    connection.close()
    assert len(selectors.transactions_page(bank.operator, limit=9)) == 2


@pytest.mark.parametrize("is_pooled", [True, False])
def test_without_a_connection_nothing_was_done(bank, reconnect, is_pooled):
    reconnect(1, is_pooled=is_pooled)
    with pytest.raises(StoreUnavailable):
        bank.pay(bank.ada, bank.adas, bank.bobs, 10)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("53100", StoreUnavailable), ("55006", StoreUnavailable), ("57P01", OutcomeUnknown), ("08006", OutcomeUnknown)],
)
def test_what_postgresql_says_of_a_write_decides(bank, code, expected):
    def work():
        with connection.cursor() as cursor:
            cursor.execute(FAIL.format(code))

    with pytest.raises(expected):
        run_unit(work)


@pytest.fixture
def failing_commit():
    """Let each commit of a new user do something that fails."""

    def install(statement):
        with connection.cursor() as cursor:
            cursor.execute(FAIL_AT_COMMIT.format(statement))

    yield install
    _close()
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION fail_at_commit CASCADE")


@pytest.mark.parametrize("code", ["53100", "53200", "58030"])
def test_a_commit_that_the_server_answers_with_an_error_is_undone_and_told_as_such(failing_commit, code):
    """After its commit record PostgreSQL raises nothing less than a PANIC."""
    failing_commit(f"RAISE EXCEPTION 'as if' USING ERRCODE = '{code}'")
    with pytest.raises(StoreUnavailable):
        run_unit(lambda: User.objects.create(username="carla"))
    assert connection.connection is not None
    assert not User.objects.filter(username="carla").exists()


def test_a_commit_that_ended_its_connection_is_unknown(failing_commit):
    failing_commit(TERMINATE)
    with pytest.raises(OutcomeUnknown):
        run_unit(lambda: User.objects.create(username="carla"))


def error_response(severity, code):
    fields = (b"S" + severity, b"V" + severity, b"C" + code, b"Mcould not write to the log", b"")
    body = b"".join(field + b"\0" for field in fields)
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("severity", "code"),
    [(b"PANIC", b"53100"), (b"PANIC", b"58030"), (b"PANIC", b"XX000"), (b"FATAL", b"57P04"), (b"FATAL", b"25P04")],
)
def test_a_server_that_died_in_the_commit_may_have_done_it(door, severity, code):
    """As when the log's disk is full: the record may be on it, and found when the server starts again."""
    door.cut_at, door.last_words = b"COMMIT", error_response(severity, code)
    with pytest.raises(OutcomeUnknown):
        run_unit(lambda: User.objects.create(username="carla"))
    assert User.objects.filter(username="carla").exists()


@pytest.mark.parametrize("code", [b"53100", b"XX000"])
def test_a_server_that_died_in_a_read_is_unavailable(bank, door, code):
    door.cut_at, door.last_words = b"SELECT", error_response(b"PANIC", code)
    with pytest.raises(StoreUnavailable):
        selectors.transactions_page(bank.operator, limit=9)
