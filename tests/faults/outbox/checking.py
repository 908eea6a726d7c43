"""The one checker: what the three stores say of a run, compared by keys. Empty when they agree."""

from collections import Counter
from decimal import Decimal

from core.errors import NotFound
from core.principals import SYSTEM
from documents import selectors as documents
from documents.client import database
from documents.registry import DELETED_TABLE, TABLE
from operations.relay.handlers.collections import AUDIT
from operations.relay.handlers.ledger import LEDGER
from operations.relay.handlers.profiles import PROFILES
from operations.relay.handlers.summaries import SUMMARIES
from relational.models import Account, Entry, OutboxMessage, Transaction, User
from timeseries import selectors as timeseries


def discrepancies(run) -> list[str]:
    """Return what is lost, what is there twice and what is wrong, one line each."""
    return [*_ledger(run), *_summaries(run), *_profiles(run), *_collections(run)]


def left_over(run) -> list[tuple[str, str]]:
    """Return what is left in the outbox of a run, with its state."""
    return [(row.key, row.state) for row in _messages(run) if row.state != "delivered"]


def _compare(what, wanted, found):
    """Compare how often each key is wanted (once) and found."""
    counted = Counter(list(found))
    yield from (f"{what}: {key} is lost" for key in sorted(set(wanted) - set(counted)))
    yield from (f"{what}: {key} was never there" for key in sorted(set(counted) - set(wanted)))
    yield from (f"{what}: {key} is there {count} times" for key, count in counted.items() if count > 1)


def _ledger(run):
    posted = {str(row.id): row for row in Transaction.objects.filter(book=run.name)}
    events = [event for event in _events(LEDGER.name) if event.payload.get("book") == run.name]
    yield from _compare("ledger", posted, [event.payload["id"] for event in events])
    for event in events:
        if event.client_id != event.payload["id"]:
            yield f"ledger: {event.payload['id']} stands under another id"
        row = posted.get(event.payload["id"])
        if row is not None and event.actor != f"user:{row.posted_by}":
            yield f"ledger: {row.id} names another actor"


def _summaries(run):
    touched = set(Entry.objects.filter(transaction__book=run.name).values_list("account_id", flat=True))
    accounts = {str(row.id): row for row in Account.objects.filter(id__in=touched)}
    newest = {}
    for message in _messages(run):
        if message.topic == "owner.summarised":
            newest.update({account["id"]: message for account in message.payload["accounts"]})
    found = {}
    for owner in {row.owner_id for row in accounts.values()}:
        found.update(_document(SUMMARIES, owner).get("accounts", {}))
    yield from _compare("summaries", accounts, found)
    for key in accounts.keys() & found.keys():
        said, row, message = found[key], accounts[key], newest.get(key)
        if message is None:
            yield f"summaries: {key} was told by nobody"
            continue
        expected = (row.balance, message.id, message.payload["transaction_id"])
        if (Decimal(said["balance"]), said["sequence"], said["transaction_id"]) != expected:
            yield f"summaries: {key} says {said}, and should {expected}"


def _profiles(run):
    users = dict(User.objects.filter(username__startswith=f"{run.name}-").values_list("username", "id"))
    found = {name: _document(PROFILES, user_id).get("username") for name, user_id in users.items()}
    yield from _compare("profiles", users, [name for name, said in found.items() if said == name])


def _collections(run):
    prefix = {"$regex": f"^{run.name}-"}
    rows = list(database()[TABLE].find({"name": prefix}))
    gone = list(database()[DELETED_TABLE].find({"name": prefix}))
    made = [change for row in [*rows, *gone] for change in row["changes"]] + [str(row["id"]) for row in gone]
    told = [event for event in _events(AUDIT.name) if event.payload["collection"].startswith(f"{run.name}-")]
    yield from _compare("audit", made, [event.client_id for event in told])


def _messages(run):
    users = User.objects.filter(username__startswith=f"{run.name}-").values_list("id", flat=True)
    keys = [f"{kind}:{user}" for kind in ("user", "owner") for user in users]
    keys += [f"transaction:{row}" for row in Transaction.objects.filter(book=run.name).values_list("id", flat=True)]
    keys += [f"collection:{run.name}-{name}" for name in ("stays", "goes")]
    return OutboxMessage.objects.filter(key__in=keys).order_by("id")


def _document(collection, document_id):
    try:
        return documents.document_by_id(SYSTEM, collection, str(document_id)).fields
    except NotFound:
        return {}


def _events(stream):
    try:
        return list(timeseries.scan_events(SYSTEM, stream))
    except NotFound:
        return []
