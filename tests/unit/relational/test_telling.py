"""Messages of the outbox, made from plain rows: which lane, whose accounts, how many in one."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from core.ids import new_id
from relational.rows import EntryRow, NewMessage, TransactionRow
from relational.services.announcements import MOST_ACCOUNTS, announce_owners, announce_posting
from relational.services.outbox import LANES, encode_messages, lane_of

ADA, BOB = sorted([new_id(), new_id()])


@pytest.mark.parametrize(("key", "lane"), [("owner:1", 61), ("user:1", 3), ("", 48), ("user:zürich", 25)])
def test_a_key_keeps_its_lane(key, lane):
    assert lane_of(key) == lane


def test_keys_spread_over_all_lanes():
    assert {lane_of(f"user:{number}") for number in range(1000)} == set(range(LANES))


def test_messages_are_one_parameter():
    message = NewMessage("user.changed", "user:1", {"name": "Zoë"}, delay_s=1.5)
    (written,) = json.loads(encode_messages([message]))
    assert written == {
        "lane": lane_of("user:1"),
        "key": "user:1",
        "topic": "user.changed",
        "payload": {"name": "Zoë"},
        "delay_s": 1.5,
    }
    assert encode_messages([]) == "[]"


def test_each_owner_is_told_the_own_accounts(make_account):
    bobs, first, second = make_account(BOB, balance="-1.5"), make_account(ADA), make_account(ADA)
    told = list(announce_owners([bobs, first, second], transaction_id=None))
    assert [message.key for message in told] == [f"owner:{ADA}", f"owner:{BOB}"]
    assert [account["id"] for account in told[0].payload["accounts"]] == [str(first.id), str(second.id)]
    assert told[1].payload == {
        "owner_id": str(BOB),
        "transaction_id": None,
        "accounts": [
            {
                "id": str(bobs.id),
                "book": "bank",
                "number": bobs.number,
                "currency": "CHF",
                "kind": "asset",
                "balance": "-1.5",
            }
        ],
    }


def test_an_owner_of_many_accounts_is_told_in_pieces(make_account):
    account = make_account(ADA)
    told = list(announce_owners([replace(account, id=new_id()) for _ in range(MOST_ACCOUNTS + 1)], transaction_id=ADA))
    assert [len(message.payload["accounts"]) for message in told] == [MOST_ACCOUNTS, 1]
    assert {message.payload["transaction_id"] for message in told} == {str(ADA)}
    assert list(announce_owners([], transaction_id=ADA)) == []


def test_a_posting_is_told_with_plain_amounts(make_account):
    account = make_account(ADA)
    entry = EntryRow(account.id, account.number, "CHF", Decimal("-1E+3"))
    row = TransactionRow(ADA, "bank", account.created, "rent", "", {}, BOB, None, None, (entry,))
    message = announce_posting(row, posted=account.created)
    assert (message.topic, message.key) == ("transaction.posted", f"transaction:{ADA}")
    assert (message.payload["posted_by"], message.payload["reverses"]) == (str(BOB), None)
    assert [told["amount"] for told in message.payload["entries"]] == ["-1000"]
    assert json.loads(json.dumps(message.payload)) == message.payload
