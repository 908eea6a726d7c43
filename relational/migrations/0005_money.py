"""Statements: accounts know whether an entry came into their past, the index of an account's entries has their amounts.

A page of a statement starts from the balance that the page before ended with, unless an entry came in below it since.
"""

from django.db import migrations, models

# As in 0002_ledger_invariants, and besides the balance what statements need.
BALANCE = """
CREATE OR REPLACE FUNCTION relational_add_to_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM relational_account WHERE id IN (SELECT account_id FROM inserted) ORDER BY id FOR NO KEY UPDATE;
  UPDATE relational_account AS account SET
    balance = account.balance + change.amount,
    latest_transaction = greatest(account.latest_transaction, change.latest),
    backdated = account.backdated + (CASE WHEN change.earliest <= account.latest_transaction THEN 1 ELSE 0 END)
    FROM (
      SELECT account_id, sum(amount) AS amount,
        min(transaction_id::text COLLATE "C")::uuid AS earliest, max(transaction_id::text COLLATE "C")::uuid AS latest
      FROM inserted GROUP BY account_id) AS change
    WHERE account.id = change.account_id;
  RETURN NULL;
END $$;
UPDATE relational_account AS account SET latest_transaction = (
  SELECT transaction_id FROM relational_entry AS entry WHERE entry.account_id = account.id
  ORDER BY transaction_id DESC LIMIT 1);
"""
BALANCE_REVERSE = """
CREATE OR REPLACE FUNCTION relational_add_to_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM relational_account WHERE id IN (SELECT account_id FROM inserted) ORDER BY id FOR NO KEY UPDATE;
  UPDATE relational_account AS account SET balance = account.balance + change.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM inserted GROUP BY account_id) AS change
    WHERE account.id = change.account_id AND change.amount <> 0;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """See the module's docstring; reversible."""

    dependencies = [("relational", "0004_outbox")]

    operations = [
        migrations.RemoveIndex(model_name="entry", name="entry_by_account"),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["account", "-transaction"], include=("amount",), name="entry_of_account"),
        ),
        migrations.AddField(
            model_name="account",
            name="backdated",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="account",
            name="latest_transaction",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunSQL(BALANCE, BALANCE_REVERSE),
        migrations.AddField(
            model_name="idempotentanswer",
            name="location",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
