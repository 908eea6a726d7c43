"""A small world in plain tables, for the oracle and, loaded, for the real stores. Things are called by their labels.

A user's id is written as the user's name, an ObjectId as `oid:` and its digits; loading puts the real ones in.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Thing:
    """A row of some table: resource, part, label, and the fields that links may name."""

    resource: str
    part: str
    label: str
    fields: dict[str, Any] = field(default_factory=dict)
    owner: str = ""


OID = {name: f"oid:5ca4bbcea2dd94ee581{number:05x}" for number, name in enumerate(("ada", "bob", "cleo"), start=1)}
ROLES = {"ada": "consumer", "bob": "consumer", "cleo": "consumer", "shop": "consumer", "ana": "analyst"}

KEYS = [
    ("ada", "cdnow.customer_id", "00001"),
    ("ada", "customers._id", OID["ada"][4:]),
    ("ada", "accounts.account_id", "371138"),
    ("ada", "OpenSSH.user", "root"),
    ("bob", "OpenSSH.user", "root"),  # the same key for two
    ("bob", "OpenSSH.user", "Admin"),
    ("bob", "cdnow.customer_id", "00001"),  # a key to an account of another
    ("bob", "cdnow.customer_id", "00002"),
    ("bob", "customers._id", OID["bob"][4:]),
    ("cleo", "customers._id", OID["cleo"][4:]),
    ("cleo", "customers._id", OID["ada"][4:]),  # two keys of one source
    ("cleo", "accounts.account_id", "777"),  # names nothing
]

# owner, book, number
ACCOUNTS: list[tuple[str, str, str]] = [
    ("ada", "cdnow", "00001"),
    ("bob", "cdnow", "00002"),
    ("shop", "cdnow", "sales"),
    ("ada", "shop", "b"),
    ("ada", "shop", "A"),
    ("ada", "shop", "a"),
    ("shop", "shop", "sales"),
]

# book, from, to; each a minute later than the one before, its label its place
TRANSACTIONS = [
    ("cdnow", "00001", "sales"),
    ("cdnow", "00002", "sales"),
    ("shop", "a", "sales"),
    ("shop", "b", "a"),  # two accounts of one user
    ("cdnow", "00001", "sales"),
    ("shop", "A", "sales"),
]

# name -> visibility; all belong to shop
COLLECTIONS = {"customers": "linked", "accounts": "linked", "notices": "public", "tickets": "private"}

# collection, label, fields
DOCUMENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("customers", "ada", {"_id": OID["ada"], "accounts": [371138, 324287]}),
    ("customers", "bob", {"_id": OID["bob"], "accounts": [324287, 999999]}),
    ("customers", "cleo", {"_id": OID["cleo"], "accounts": "many"}),
    ("accounts", "371138", {"_id": "a1", "account_id": 371138}),
    ("accounts", "324287", {"_id": "a2", "account_id": 324287}),
    ("accounts", "324287 again", {"_id": "a3", "account_id": [324287, 1]}),
    ("accounts", "as text", {"_id": "a4", "account_id": "371138"}),
    ("notices", "to root", {"_id": "n1", "to": {"login": "root"}}),
    ("notices", "to all", {"_id": "n2", "to": [{"login": "root"}, {"login": "Admin"}]}),
    ("tickets", "by root", {"_id": "t1", "by": "root", "book_numbers": ["a", "sales"]}),
]

# name -> readers, whether actors may read; all belong to shop
STREAMS = {
    "logins": ((), True),
    "audit": (("bob",), False),
    "secret": ((), False),
}

# stream, actor; each a second later than the one before, its label its place
EVENTS = [
    ("logins", "OpenSSH.user:root"),
    ("logins", "user:ada"),
    ("audit", "user:ada"),
    ("logins", "user:bob"),
    ("audit", "OpenSSH.user:root"),
    ("secret", "user:bob"),
    ("logins", "OpenSSH.user:Admin"),
    ("logins", "OpenSSH.user:admin"),  # another actor
    ("logins", "OpenSSH.user:root"),
    ("audit", "user:bob"),
]

# Beyond those of this deployment: a link from keys to text, and one from documents to the ledger.
MORE_LINKS = [
    {"name": "notice", "source": "keys[OpenSSH.user].key", "target": "documents[notices].to.login"},
    {"name": "ticket", "source": "keys[OpenSSH.user].key", "target": "documents[tickets].by"},
    {
        "name": "ticket_account",
        "source": "documents[tickets].book_numbers",
        "target": "accounts[shop].number",
        "conversion": "text",
    },
]


def things() -> list[Thing]:
    """List everything there is."""
    return [
        *(Thing("users", "", name, {"id": name}, name) for name in ROLES),
        *(
            Thing("keys", source, f"{user}:{source}={key}", {"user": user, "key": key}, user)
            for user, source, key in KEYS
        ),
        *(
            Thing(
                "accounts",
                book,
                f"{book}:{number}",
                {"id": f"{book}:{number}", "owner": owner, "number": number},
                owner,
            )
            for owner, book, number in ACCOUNTS
        ),
        *(_transaction(place) for place in range(len(TRANSACTIONS))),
        *(
            Thing("documents", collection, f"{collection}/{label}", fields, "shop")
            for collection, label, fields in DOCUMENTS
        ),
        *(
            Thing("events", stream, str(place), {"actor": actor}, "shop")
            for place, (stream, actor) in enumerate(EVENTS)
        ),
    ]


def _transaction(place: int) -> Thing:
    book, *numbers = TRANSACTIONS[place]
    touched = [account for account in ACCOUNTS if account[1] == book and account[2] in numbers]
    fields = {"owner": [account[0] for account in touched], "account": [f"{book}:{number}" for number in numbers]}
    return Thing("transactions", book, str(place), fields)
