"""The world put into the real stores, and their answers put into its words: labels in order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from bson import ObjectId

from core.deadlines import Deadline
from core.ids import derive_id
from core.principals import Principal, Role
from documents import services as documents
from query.engine import expand_users
from relational import services as relational
from relational.rows import NewAccount, NewEntry, NewTransaction
from tests.spec.world import ACCOUNTS, COLLECTIONS, DOCUMENTS, EVENTS, KEYS, ROLES, STREAMS, TRANSACTIONS
from timeseries import services as timeseries

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LABEL = "label"


@dataclass(frozen=True)
class StoredWorld:
    """Principals by name, and labels by what the stores call the things."""

    principals: dict[str, Principal]
    accounts: dict[UUID, str]
    transactions: dict[UUID, str]
    documents: dict[tuple[str, str], str]

    def expand(self, asker, users, expansions, links):
        """Ask the engine; return for each user and expansion what the oracle returns."""
        user_ids = [self.principals[user].user_id for user in users]
        answer = expand_users(self.principals[asker], user_ids, expansions, Deadline(60.0), links=links)
        assert all(gap.code == "link_unreadable" for gap in answer.gaps), answer.gaps
        return [{name: self._labels(name, items) for name, items in user.expanded.items()} for user in answer.users]

    def _labels(self, name, expanded):
        return [self._label(name, reached) for reached in expanded.items], expanded.has_more

    def _label(self, resource, reached):
        if resource == "events":
            return reached.row.client_id
        if resource == "documents":
            return self.documents[reached.part, reached.row.id]
        return {"accounts": self.accounts, "transactions": self.transactions}[resource][reached.row.id]


def load_world():
    ids = relational.ensure_users(ROLES)
    principals = {name: Principal(ids[name], Role(role)) for name, role in ROLES.items()}
    relational.add_keys((ids[user], source, key) for user, source, key in KEYS)
    accounts = relational.ensure_accounts(
        [NewAccount(ids[owner], book, number, "USD", "external") for owner, book, number in ACCOUNTS]
    )
    transactions = [_transaction(place, accounts) for place in range(len(TRANSACTIONS))]
    relational.post_transactions(transactions)
    _load_documents(principals["shop"])
    _load_events(principals)
    return StoredWorld(
        principals,
        {account_id: f"{book}:{number}" for (book, number, _), account_id in accounts.items()},
        {row.id: str(place) for place, row in enumerate(transactions)},
        {
            (collection, fields["_id"].removeprefix("oid:")): f"{collection}/{label}"
            for collection, label, fields in DOCUMENTS
        },
    )


def _transaction(place, accounts):
    book, source, target = TRANSACTIONS[place]
    booked = NOON + timedelta(minutes=place)
    entries = [
        NewEntry(accounts[book, source, "USD"], Decimal(-1)),
        NewEntry(accounts[book, target, "USD"], Decimal(1)),
    ]
    return NewTransaction(derive_id(booked, bytes([place])), book, booked, tuple(entries))


def _load_documents(shop):
    for name, visibility in COLLECTIONS.items():
        documents.create_collection(shop, name, visibility=visibility)
        items = [_document(fields) for collection, _, fields in DOCUMENTS if collection == name]
        results = documents.store_documents(shop, name, items)
        assert [result.status for result in results] == ["stored"] * len(items), results


def _document(fields):
    document_id = fields["_id"]
    return {**fields, "_id": ObjectId(document_id[4:]) if document_id.startswith("oid:") else document_id}


def _load_events(principals):
    shop = principals["shop"]
    for name, (readers, actor_may_read) in STREAMS.items():
        timeseries.create_stream(
            shop,
            name=name,
            retention="forever",
            readers=[principals[reader].user_id for reader in readers],
            actor_may_read=actor_may_read,
        )
    for place, (stream, actor) in enumerate(EVENTS):
        kind, _, name = actor.partition(":")
        named = f"user:{principals[name].user_id}" if kind == "user" else actor
        event = {"time": NOON + timedelta(seconds=place), "id": str(place), "actor": named, "payload": {}}
        (result,) = timeseries.append_events(shop, stream, [event])
        assert result.status == "stored", result
