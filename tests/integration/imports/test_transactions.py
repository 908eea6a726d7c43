"""Records as transactions of the ledger, by the command."""

from decimal import Decimal

import pytest

from relational import selectors, services
from relational.models import Account, Entry, Transaction

pytestmark = pytest.mark.django_db

PURCHASES = """\
 customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970112  1   12.00
 00002 19970112  5   77.00
 00002 19970112  5   77.00
 00003 19970102  2    0.00
"""
MAPPING = """
[columns]
account = "customer_id"
amount = "dollar_value"

[values]
book = "shop"
counter = "sales"
currency = "USD"
date_format = "%Y%m%d"
"""


@pytest.fixture
def load(owner, run_command, tmp_path):
    (tmp_path / "mapping.toml").write_text(MAPPING)

    def run(text=PURCHASES, *options, name="purchases.txt"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return run_command("load", "transactions", name, "--owner", "loader", "--mapping", "mapping.toml", *options)

    return run


def balances():
    return {account.number: account.balance for account in Account.objects.all()}


def test_each_purchase_is_two_entries_and_repeats_stay(load):
    run = load()
    assert (run.status, run.output) == (0, "transactions: read 5, stored 5, already there 0, rejected 0\n")
    assert balances() == {
        "00001": Decimal("-11.77"),
        "00002": Decimal("-166.00"),
        "00003": Decimal(0),
        "sales": Decimal("177.77"),
    }
    assert {account.kind for account in Account.objects.exclude(number="sales")} == {"external"}
    assert Account.objects.get(number="sales").kind == "asset"
    newest = Transaction.objects.order_by("id").last()
    assert newest is not None
    assert newest.booked.isoformat() == "1997-01-12T00:00:00+00:00"
    assert (newest.book, newest.data_set, newest.id.version) == ("shop", "purchases", 7)
    assert newest.details["number_of_cds"] in ("1", "5")


def test_second_run_changes_nothing(load):
    load()
    before = set(Transaction.objects.values_list("id", flat=True)), balances()
    run = load()
    assert run.output == "transactions: read 5, stored 0, already there 5, rejected 0\n"
    assert (set(Transaction.objects.values_list("id", flat=True)), balances()) == before
    assert Entry.objects.count() == 10


def test_a_changed_layout_of_the_same_records_is_the_same_data_set(load):
    load()
    rows = [line.split() for line in PURCHASES.splitlines()]
    columns = [3, 1, 0, 2]
    text = "\n".join(",".join(row[column] for column in columns) for row in rows)
    run = load(text, "--data-set", "purchases", name="other.csv")
    assert run.output == "transactions: read 5, stored 0, already there 5, rejected 0\n"


def test_a_load_into_another_book_tells_where_the_records_are(load):
    load()
    before = balances()
    run = load(PURCHASES, "--set", "book=other")
    assert run.output == "transactions: read 5, stored 0, already there 5, rejected 0\n"
    told = "5 transactions are in the book 'shop' already and stay there: for another copy name a --data-set"
    assert run.errors == f"warning: {told}\n"
    assert {account.number: account.balance for account in Account.objects.filter(book="shop")} == before
    assert not Account.objects.exclude(book="shop").exclude(balance=0).exists()
    assert load().errors == ""


def test_an_input_without_records_says_so(load):
    run = load(" customer_id date dollar_value\n")
    assert (run.status, run.output) == (0, "transactions: no records\n")
    run = load("", name="none.csv")
    assert (run.status, run.errors) == (65, "invalid_input: the file is empty: there is no header line\n")
    run = load("", "--format", "ndjson", name="none.json")
    assert (run.status, run.output) == (0, "transactions: no records\n")


def test_accounts_belong_to_whom_their_key_names_also_when_identities_come_later(load, owner):
    load(PURCHASES, "--owner-source", "shop.customer")
    assert {account.owner_id for account in Account.objects.all()} == {owner.user_id}
    users = services.ensure_users(["ada", "bob"])
    services.add_keys([(users["ada"], "shop.customer", "00001"), (users["bob"], "shop.customer", "00003")])
    load(PURCHASES, "--owner-source", "shop.customer")
    owners = {account.number: account.owner_id for account in Account.objects.all()}
    expected = {"00001": users["ada"], "00002": owner.user_id, "00003": users["bob"], "sales": owner.user_id}
    assert owners == expected
    (purchase,) = selectors.transactions_of_users([users["ada"]], limit=5)[users["ada"]]
    assert [entry.amount for entry in purchase.entries if entry.number == "00001"] == [Decimal("-11.7700")]


def test_wrong_lines_are_rejected_and_the_rest_is_stored(load, rejects):
    lines = [
        "00004 19970230 1 1.00",
        "00005 19970101 1 1.00001",
        "00006 19970101 1 NaN",
        "00007 19970101 1 1e5",
        "00008 19970101 1 12345678901234567",
        "sales 19970101 1 1.00",
        "00009 19970101 1",
        "x" * 65 + " 19970101 1 1.00",
    ]
    run = load(PURCHASES + "\n".join(lines))
    assert run.status == 3
    assert run.output == "transactions: read 13, stored 5, already there 0, rejected 8\n"
    assert run.errors == "8 rejected, with reasons: purchases.rejects.ndjson\n"
    no_amount = "is no amount: digits, a point and at most four decimals"
    found = rejects("purchases.rejects.ndjson")
    assert sorted(found)[:-1] == [
        (7, "'19970230' is no time of the form %Y%m%d"),
        (8, f"'1.00001' {no_amount}"),
        (9, f"'NaN' {no_amount}"),
        (10, f"'1e5' {no_amount}"),
        (11, f"'12345678901234567' {no_amount}"),
        (12, "the account 'sales' is the counter account: name another with --set counter=…"),
        (13, "3 values for 4 columns (customer_id, date, number_of_cds, dollar_value)"),
    ]
    assert (14, "account has 65 characters, at most 64: shorten it, or map another") in found


def test_what_the_ledger_itself_refuses_is_rejected_alone(load, rejects):
    text = PURCHASES + " 00002 19970113 1 -500.00\n 00001 19970113 1 1.00\n"
    run = load(text)
    assert run.output == "transactions: read 7, stored 6, already there 0, rejected 1\n"
    ((number, reason),) = rejects("purchases.rejects.ndjson")
    assert number == 7
    assert "below its overdraft limit" in reason
    assert balances()["sales"] == Decimal("178.77")


def test_amounts_may_flow_in(load):
    load(PURCHASES, "--set", "direction=in", "--set", "counter_kind=external", "--set", "account_kind=asset")
    assert balances()["00001"] == Decimal("11.77")


def test_json_takes_numbers_nested_columns_and_keeps_details(load, owner):
    text = '{"c": {"id": "7"}, "date": "2026-01-31", "v": 1.5, "n": 2, "at": {"$date": "2026-01-01T00:00:00Z"}}\n'
    options = ["--map", "account=c.id", "--map", "amount=v", "--set", "date_format=iso", "--time-zone", "Europe/Berlin"]
    run = load(text, *options, name="purchases.json")
    assert run.output == "transactions: read 1, stored 1, already there 0, rejected 0\n"
    booking = Transaction.objects.get()
    assert booking.booked.isoformat() == "2026-01-30T23:00:00+00:00"
    assert booking.details == {"c": {"id": "7"}, "n": 2, "at": "2026-01-01T00:00:00.000000Z"}
    assert balances()["7"] == Decimal("-1.5")


def test_dry_run_writes_nothing(load):
    run = load(PURCHASES, "--dry-run")
    assert run.output == "transactions: dry run: read 5, would store 5, would reject 0\n"
    assert (Transaction.objects.count(), Account.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--map", "account=nix"], 65, "no column 'nix' for 'account'; there are customer_id, date"),
        (["--set", "acount=x"], 65, "transactions have no field 'acount'"),
        (["--map", "account"], 65, "write --map FIELD=COLUMN"),
        (["--map", "account=a", "--map", "account=b"], 65, "account is given twice"),
        (["--set", "direction=up"], 65, "direction is out or in, not 'up'"),
        (["--set", "account_kind=gold"], 65, "account_kind is asset or external, not 'gold'"),
        (["--format", "xml"], 65, "there is no format 'xml'; there are bson, columns"),
        (["--encoding", "klingon"], 65, "there is no text encoding"),
        (["--encoding", "utf-16"], 65, "cannot be read line by line: convert it first"),
        (["--delimiter", ",,"], 65, "a delimiter is one character"),
        (["--time-zone", "Mars"], 65, "there is no time zone 'Mars'"),
        (["--batch-size", "0"], 65, "--batch-size is between 1 and 10000"),
        (["--limit", "-1"], 65, "--limit is not below 0"),
        (["--data-set", "x" * 101], 65, "1 to 100 printable characters"),
        (["--rejects", "mapping.toml"], 73, "the rejects file mapping.toml exists"),
        (["--rejects", "no/such/folder.ndjson"], 65, "no rejects file can be written in no/such"),
        (["--owner", "nobody"], 66, "there is no user 'nobody'"),
        (["--mapping", "none.toml"], 66, "there is no mapping file none.toml"),
    ],
)
def test_wrong_command_lines_end_with_a_line_and_a_status(load, options, status, message):
    run = load(PURCHASES, *options)
    assert run.status == status
    assert message in run.errors
    assert not Transaction.objects.exists()


def test_missing_file_is_told_before_any_other_is_read(run_command, owner, tmp_path):
    (tmp_path / "purchases.txt").write_text(PURCHASES)
    run = run_command("load", "transactions", "purchases.txt", "none.txt", "--owner", "loader")
    assert (run.status, run.errors) == (66, "not_found: there is no file none.txt\n")
    assert not Transaction.objects.exists()


def test_wrong_currency_is_rejected(load, rejects):
    run = load(PURCHASES, "--set", "currency=usd")
    assert run.status == 3
    assert {reason for _, reason in rejects("purchases.rejects.ndjson")} == {
        "'usd' is no currency: three capital letters (ISO 4217)",
    }
