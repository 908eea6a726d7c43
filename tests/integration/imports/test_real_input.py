"""The real input, loaded whole by the commands, counted against its files, and loaded again without any change.

Collected only when TRIVIUM_REAL_INPUT names its folder. The streams and collections bear the names that the links of
settings/components/links.py and docs/real-input.md have; stores that hold them from a run before are emptied of nothing:
what is counted is what the files say.
"""

import csv
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from api.authentication import make_access_token
from core.principals import Principal, Role
from documents import selectors as documents
from imports.layouts import Layout
from imports.local_times import LocalClock, zone_by_name
from imports.patterns import PATTERNS
from imports.readers import READERS
from imports.records import Record
from imports.sources import open_source
from relational import selectors as ledger
from relational import services as identity
from relational.models import Account, Entry, Transaction, UserKey
from relational.rows import CredentialRow
from timeseries import selectors as timeseries

FOLDER = Path(os.environ.get("TRIVIUM_REAL_INPUT", "."))
SYSTEMS = ["Apache", "HDFS", "Hadoop", "Linux", "OpenSSH", "OpenStack", "Spark", "Zookeeper"]
YEARS = {"Linux": 2005, "OpenSSH": 2015}
# What the CSV files beside the logs call the fields of a pattern, where a field has no column or another name.
NOT_IN_CSV = {"openssh": {"component"}, "hadoop": {"kind"}}
CDNOW = """
[columns]
account = "customer_id"
amount = "dollar_value"

[values]
book = "cdnow"
counter = "sales"
currency = "USD"
date_format = "%Y%m%d"
"""
STORES = ["default", "documents", "timeseries"]


def read_log(system):
    """Return the records of a log, in its order."""
    with open_source(FOLDER / "events" / f"{system}.log") as source:
        layout = Layout("log", pattern=PATTERNS[system.lower()])
        return list(READERS["log"](source.chunks(), layout).outcomes)


def read_csv_rows(system):
    return read_table(FOLDER / "events" / f"{system}.csv")


def read_table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_line_is_read_as_its_own_csv_has_it(system):
    pattern = PATTERNS[system.lower()]
    columns = [name for name in pattern.columns if name not in NOT_IN_CSV.get(pattern.name, set())]
    records, rows = read_log(system), read_csv_rows(system)
    assert len(records) == len(rows) == 2000
    for record, row in zip(records, rows, strict=True):
        assert isinstance(record, Record)
        parsed = list(row.values())[1:-2]  # without LineId, EventId and EventTemplate
        assert [str(record.fields.get(name, "")) for name in columns] == parsed, record.number


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_time_is_the_one_of_its_csv(system):
    pattern = PATTERNS[system.lower()]
    clock = LocalClock(zone_by_name("UTC"), year=YEARS.get(system))
    for record, row in zip(read_log(system), read_csv_rows(system), strict=True):
        moment = clock.read(pattern.time.format_map(record.fields), pattern.time_format, lacks_year=pattern.lacks_year)
        assert TIMES_IN_CSV[system](row) == moment.strftime(CSV_FORMATS[system])[: len(TIMES_IN_CSV[system](row))]


TIMES_IN_CSV = {
    "Apache": lambda row: row["Time"],
    "HDFS": lambda row: f"{row['Date']} {row['Time']}",
    "Hadoop": lambda row: f"{row['Date']} {row['Time']}",
    "Linux": lambda row: f"{row['Month']} {int(row['Date']):02} {row['Time']}",
    "OpenSSH": lambda row: f"{row['Date']} {int(row['Day']):02} {row['Time']}",
    "OpenStack": lambda row: f"{row['Date']} {row['Time']}",
    "Spark": lambda row: f"{row['Date']} {row['Time']}",
    "Zookeeper": lambda row: f"{row['Date']} {row['Time']}",
}
CSV_FORMATS = {
    "Apache": "%a %b %d %H:%M:%S %Y",
    "HDFS": "%y%m%d %H%M%S",
    "Hadoop": "%Y-%m-%d %H:%M:%S,%f",
    "Linux": "%b %d %H:%M:%S",
    "OpenSSH": "%b %d %H:%M:%S",
    "OpenStack": "%Y-%m-%d %H:%M:%S.%f",
    "Spark": "%y/%m/%d %H:%M:%S",
    "Zookeeper": "%Y-%m-%d %H:%M:%S,%f",
}


@pytest.fixture
def load_all(run_command, tmp_path):
    """Load the whole folder as docs/real-input.md does; return the summary lines."""
    (tmp_path / "cdnow.toml").write_text(CDNOW)
    identity.ensure_users(["loader"])
    owner = ["--owner", "loader"]
    purchases = FOLDER / "transactions" / "CDNOW_master.txt"
    key = ["--data-set", "cdnow", "--owner-source", "cdnow.customer_id"]
    commands = [
        ["identities", FOLDER / "identities.csv"],
        ["transactions", purchases, *owner, "--mapping", "cdnow.toml", *key],
        ["documents", FOLDER / "documents" / "customers.json", *owner, "--visibility", "linked"],
        [
            "documents",
            FOLDER / "documents" / "accounts.json",
            *owner,
            "--visibility",
            "linked",
            "--index",
            "account_id",
        ],
        ["documents", FOLDER / "documents" / "zips.bson", *owner, "--visibility", "public"],
        *(
            ["events", FOLDER / "events" / f"{system}.log", *owner, "--create-stream", "--actors-read"]
            + (["--year", YEARS[system]] if system in YEARS else [])
            for system in SYSTEMS
        ),
    ]

    def load():
        runs = [run_command("load", *command) for command in commands]
        assert [(run.status, run.errors) for run in runs] == [(0, "")] * len(runs)
        return [run.output.strip() for run in runs]

    return load


def state():
    """Count and digest what the stores hold of the real input."""
    everything = Principal(next(iter(identity.ensure_users(["loader"]).values())), Role.OPERATOR)
    events = {name.lower(): list(timeseries.scan_events(everything, name.lower())) for name in SYSTEMS}
    pages = {name: all_documents(everything, name) for name in ("customers", "accounts", "zips")}
    balances = dict(Account.objects.filter(book="cdnow").values_list("number", "balance"))
    owners = Counter(Account.objects.filter(book="cdnow").values_list("owner_id", flat=True))
    transactions = set(Transaction.objects.filter(book="cdnow").values_list("id", flat=True))
    return {"events": events, "documents": pages, "balances": balances, "owners": owners, "transactions": transactions}


def all_documents(principal, collection):
    found, after = [], ""
    while page := documents.documents_page(principal, collection, limit=1000, after=after):
        found += page
        after = page[-1].id
    return found


@pytest.mark.timeout(600)
@pytest.mark.django_db(databases=STORES, transaction=True)
def test_the_whole_input_is_loaded_and_loaded_again_without_any_change(load_all):
    call_command("flush", database="timeseries", interactive=False, verbosity=0)  # others load the same logs
    first = load_all()
    loaded = state()
    check_purchases(loaded)
    check_documents(loaded)
    check_events(loaded)
    check_identities()
    check_mixed_reads(loaded)
    assert first[1] == "transactions: read 69659, stored 69659, already there 0, rejected 0"

    again = load_all()
    assert again[0] == "identities: read 2773, stored 0, already there 2773, rejected 0"
    assert again[1] == "transactions: read 69659, stored 0, already there 69659, rejected 0"
    assert again[2:5] == [
        "documents: read 500, stored 0, already there 500, rejected 0",
        "documents: read 1746, stored 0, already there 1746, rejected 0",
        "documents: read 29470, stored 0, already there 29470, rejected 0",
    ]
    assert state() == loaded


def check_purchases(loaded):
    lines = (FOLDER / "transactions" / "CDNOW_master.txt").read_text().split("\n")[1:]
    purchases = [line.split() for line in lines if line.strip()]
    assert len(loaded["transactions"]) == len(purchases) == 69_659
    assert Entry.objects.filter(transaction__book="cdnow").count() == 2 * 69_659
    spent: dict[str, Decimal] = {}
    for customer, _, _, amount in purchases:
        spent[customer] = spent.get(customer, Decimal(0)) + Decimal(amount)
    assert len(spent) == 23_570
    assert {number: -balance for number, balance in loaded["balances"].items() if number != "sales"} == spent
    assert loaded["balances"]["sales"] == sum(spent.values())
    free = [purchase for purchase in purchases if Decimal(purchase[3]) == 0]
    nothing = Entry.objects.filter(transaction__book="cdnow", amount=0).values("transaction").distinct().count()
    assert nothing == len(free) == 80


def check_documents(loaded):
    assert {name: len(found) for name, found in loaded["documents"].items()} == {
        "customers": 500,
        "accounts": 1746,
        "zips": 29_470,
    }
    first = next(found for found in loaded["documents"]["customers"] if found.fields["username"] == "fmiller")
    assert first.id == "5ca4bbcea2dd94ee58162a68"
    assert first.fields["tier_and_details"]["0df078f33aa74a2e9696e0520c1a828a"]["benefits"] == ["sports tickets"]


def check_events(loaded):
    assert {name: len(found) for name, found in loaded["events"].items()} == {name.lower(): 2000 for name in SYSTEMS}
    for system in SYSTEMS:
        messages = Counter(event.payload["message"] for event in loaded["events"][system.lower()])
        assert messages == Counter(row["Content"] for row in read_csv_rows(system))
    rows = read_table(FOLDER / "identities.csv")
    named = {f"{row['source']}:{row['key']}" for row in rows if row["source"].endswith((".user", ".user_id"))}
    actors = {event.actor for found in loaded["events"].values() for event in found}
    assert len(named) == 27
    assert named <= actors


def check_identities():
    users = identity.ensure_users(["fmiller"])
    keys = {(key.source, key.key) for key in ledger.keys_of_users([users["fmiller"]])[users["fmiller"]]}
    assert ("cdnow.customer_id", "00001") in keys
    assert UserKey.objects.count() == 2773
    (account,) = ledger.accounts_by_number("cdnow", ["00001"])
    assert (account.owner_id, account.kind, account.balance) == (users["fmiller"], "external", Decimal("-11.77"))
    (purchase,) = ledger.transactions_of_users([users["fmiller"]], limit=10)[users["fmiller"]]
    assert purchase.details == {"number_of_cds": "1"}
    assert purchase.booked.isoformat() == "1997-01-01T00:00:00+00:00"


def check_mixed_reads(loaded):
    """Each of the first users asks for everything in one request: what the files say is theirs is the answer."""
    keys: dict[str, dict[str, set[str]]] = {}
    for row in read_table(FOLDER / "identities.csv"):
        keys.setdefault(row["user"], {}).setdefault(row["source"], set()).add(row["key"])
    lines = (FOLDER / "transactions" / "CDNOW_master.txt").read_text().split("\n")
    purchases = Counter(line.split()[0] for line in lines if line.strip())
    named = Counter(event.actor for found in loaded["events"].values() for event in found)
    for user in list(keys)[:20]:
        answer = read_everything(user)
        sources = keys[user]
        actors = {f"{source}:{key}" for source, mine in sources.items() for key in mine}
        assert (answer["gaps"], answer["meta"]["complete"]) == ([], True)
        assert {row["number"] for row in answer["accounts"]} == sources["cdnow.customer_id"]
        assert len(answer["transactions"]) == sum(purchases[number] for number in sources["cdnow.customer_id"])
        (customer,) = (row for row in answer["documents"] if row["collection"] == "customers")
        assert {customer["id"]} == sources["customers._id"]
        assert customer["fields"]["username"] == user
        limits = {str(row["fields"]["account_id"]) for row in answer["documents"] if row["collection"] == "accounts"}
        assert limits == sources["accounts.account_id"] == set(map(str, customer["fields"]["accounts"]))
        assert len(answer["events"]) == min(sum(named[actor] for actor in actors), 200)
        assert {row["actor"] for row in answer["events"]} <= actors


def read_everything(user):
    user_id = identity.ensure_users([user])[user]
    token = make_access_token(CredentialRow(user_id, "consumer", ""))
    expand = "accounts,transactions(limit:200),documents(limit:200),events(limit:200)"
    answer = Client().get("/api/v1/users/me", {"expand": expand}, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.content
    return answer.json()
