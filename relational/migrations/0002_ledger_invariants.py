"""The ledger's invariants, held by PostgreSQL itself.

1. Entries and transactions are never changed or deleted (TRUNCATE, an operator's act, is).
2. A balance is the sum of the account's entries: the database adds it up, nobody else may write it.
3. At commit, each transaction has two entries or more, in accounts of its own book, that sum to zero per currency.
4. An account's book, number and currency never change.
"""

from django.db import migrations

IMMUTABLE = """
CREATE FUNCTION relational_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of a %: the ledger is append-only, post a counter-transaction', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON relational_entry
  FOR EACH ROW EXECUTE FUNCTION relational_refuse_change();
CREATE TRIGGER transaction_append_only BEFORE UPDATE OR DELETE ON relational_transaction
  FOR EACH ROW EXECUTE FUNCTION relational_refuse_change();
"""
IMMUTABLE_REVERSE = """
DROP TRIGGER entry_append_only ON relational_entry;
DROP TRIGGER transaction_append_only ON relational_transaction;
DROP FUNCTION relational_refuse_change();
"""

# Accounts are locked in the order of their ids before any is changed, so that two postings never wait for each other.
BALANCE = """
CREATE FUNCTION relational_add_to_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM relational_account WHERE id IN (SELECT account_id FROM inserted) ORDER BY id FOR NO KEY UPDATE;
  UPDATE relational_account AS account SET balance = account.balance + change.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM inserted GROUP BY account_id) AS change
    WHERE account.id = change.account_id AND change.amount <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_adds_to_balance AFTER INSERT ON relational_entry
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION relational_add_to_balances();

CREATE FUNCTION relational_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.balance <> 0 THEN
      RAISE EXCEPTION 'account % opens with a balance: post a transaction', NEW.number
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSIF (NEW.book, NEW.number, NEW.currency) IS DISTINCT FROM (OLD.book, OLD.number, OLD.currency) THEN
    RAISE EXCEPTION 'account %: book, number and currency never change', OLD.number
      USING ERRCODE = 'integrity_constraint_violation';
  ELSIF NEW.balance <> OLD.balance AND pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'account %: a balance changes by entries only', OLD.number
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_guarded BEFORE INSERT OR UPDATE ON relational_account
  FOR EACH ROW EXECUTE FUNCTION relational_guard_account();
"""
BALANCE_REVERSE = """
DROP TRIGGER entry_adds_to_balance ON relational_entry;
DROP FUNCTION relational_add_to_balances();
DROP TRIGGER account_guarded ON relational_account;
DROP FUNCTION relational_guard_account();
"""

ZERO_SUM = """
CREATE FUNCTION relational_check_transaction(checked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wrong text;
  entries int;
BEGIN
  SELECT count(*) INTO entries FROM relational_entry WHERE transaction_id = checked;
  IF entries < 2 THEN
    RAISE EXCEPTION 'transaction % has % entries, it needs two or more', checked, entries
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transaction_balanced';
  END IF;
  SELECT string_agg(currency || ' ' || total, ', ') INTO wrong FROM (
    SELECT account.currency, sum(entry.amount) AS total
      FROM relational_entry AS entry JOIN relational_account AS account ON account.id = entry.account_id
      WHERE entry.transaction_id = checked GROUP BY account.currency HAVING sum(entry.amount) <> 0) AS sums;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'transaction % does not sum to zero: %', checked, wrong
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transaction_balanced';
  END IF;
  PERFORM 1 FROM relational_entry AS entry
    JOIN relational_account AS account ON account.id = entry.account_id
    JOIN relational_transaction AS booking ON booking.id = entry.transaction_id
    WHERE entry.transaction_id = checked AND account.book <> booking.book;
  IF FOUND THEN
    RAISE EXCEPTION 'transaction % has entries in accounts of another book', checked
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transaction_one_book';
  END IF;
END $$;
CREATE FUNCTION relational_check_inserted_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM relational_check_transaction(NEW.id);
  RETURN NULL;
END $$;
CREATE FUNCTION relational_check_inserted_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM relational_check_transaction(NEW.transaction_id);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_balanced AFTER INSERT ON relational_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION relational_check_inserted_transaction();
-- Entries that come with their transaction are proved by the trigger above: this one proves those that come later.
CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON relational_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION relational_check_inserted_entry();
"""
ZERO_SUM_REVERSE = """
DROP TRIGGER entry_balanced ON relational_entry;
DROP TRIGGER transaction_balanced ON relational_transaction;
DROP FUNCTION relational_check_inserted_entry();
DROP FUNCTION relational_check_inserted_transaction();
DROP FUNCTION relational_check_transaction(uuid);
"""


class Migration(migrations.Migration):
    """See the module's docstring; reversible."""

    dependencies = [("relational", "0001_initial")]

    operations = [
        migrations.RunSQL(IMMUTABLE, IMMUTABLE_REVERSE),
        migrations.RunSQL(BALANCE, BALANCE_REVERSE),
        migrations.RunSQL(ZERO_SUM, ZERO_SUM_REVERSE),
    ]
