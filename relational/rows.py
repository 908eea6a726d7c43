"""What this room takes and returns: frozen rows, never models or drivers' objects."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

AccountKey = tuple[str, str, str]
"""(book, number, currency)."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user without secrets."""

    id: UUID
    username: str
    first_name: str
    last_name: str
    email: str
    role: str
    joined: datetime


@dataclass(frozen=True, slots=True)
class UserStateRow(UserRow):
    """A user as admins see one, deactivated ones too."""

    is_active: bool


@dataclass(frozen=True, slots=True)
class ResetRow:
    """With what a user's password is reset, and where that is sent to."""

    user_id: UUID
    username: str
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """What a user's tokens are made from; the stamp changes with the password, the teams with memberships."""

    user_id: UUID
    role: str
    stamp: str
    team_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An API key without its secret; the id is the part of the key before the dot."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team; `is_manager` tells whether who asks manages it."""

    id: UUID
    name: str
    created: datetime
    is_manager: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user in a team, or one who is invited and has neither name nor `joined` yet."""

    user_id: UUID
    username: str | None
    is_manager: bool
    is_accepted: bool
    joined: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A team that wants a user."""

    team_id: UUID
    team_name: str
    is_manager: bool
    invited: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A user's key in another source."""

    user_id: UUID
    source: str
    key: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A ledger account with its balance."""

    id: UUID
    owner_id: UUID
    book: str
    number: str
    currency: str
    kind: str
    balance: Decimal
    overdraft_limit: Decimal
    created: datetime


ACCOUNT_FIELDS = tuple(column.name for column in fields(AccountRow))
ACCOUNT_COLUMNS = ", ".join(ACCOUNT_FIELDS)
"""For statements: what they select is the row, column by column."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of a transaction, with the account's name."""

    account_id: UUID
    number: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction with all its entries; who posted it, which one it reverses and which one reverses it."""

    id: UUID
    book: str
    booked: datetime
    description: str
    data_set: str
    details: dict[str, Any]
    posted_by: UUID | None
    reverses: UUID | None
    reversed_by: UUID | None
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An entry of an account with its transaction; `balance` is the account's after it."""

    id: UUID
    transaction_id: UUID
    booked: datetime
    description: str
    reverses: UUID | None
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class StatementPlace:
    """Where a page of a statement ended, and what the next one starts from.

    `balance` is the account's after the next older entry, None when not known; it holds as long as the account's
    count of `backdated` entries is the same.
    """

    transaction_id: UUID
    entry_id: UUID
    balance: Decimal | None
    backdated: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of a statement, newest entry first, and how many entries of the account were put into its past."""

    rows: tuple[StatementRow, ...]
    backdated: int


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be there: made when missing."""

    owner_id: UUID
    book: str
    number: str
    currency: str
    kind: str = "asset"

    @property
    def key(self) -> AccountKey:
        """What makes it one account."""
        return (self.book, self.number, self.currency)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An amount into (positive) or out of (negative) an account, in the account's currency."""

    account_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class NewTransaction:
    """A transaction to be posted; the id is its identity: posting it twice is posting it once.

    The id is of the time of booking, as `core.ids` derives it: reads by time rely on that.
    """

    id: UUID
    book: str
    booked: datetime
    entries: tuple[NewEntry, ...]
    description: str = ""
    data_set: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPosting:
    """A transaction that is made and booked now, in the book of its accounts."""

    entries: tuple[NewEntry, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with; `is_replayed` when it had been sent and answered before."""

    status: int
    body: bytes
    location: str
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something to tell another store: `topic` says what, `key` what must stay in order, `payload` is plain JSON.

    It is due after `delay_s` seconds; later ones of its key wait for it.
    """

    topic: str
    key: str
    payload: dict[str, Any]
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that is due; `id` orders the messages of a key."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a message was not delivered, and when it is tried again; only what `is_counted` leads to its death."""

    id: int
    error: str
    wait_s: float
    is_counted: bool
    is_dead: bool


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that waits for an operator."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    error: str
    created: datetime
    died: datetime


@dataclass(frozen=True, slots=True)
class TopicBacklog:
    """How many messages of a topic are left, how many are dead, and the age in seconds of the oldest that is left."""

    topic: str
    pending: int
    dead: int
    oldest_age_s: float
