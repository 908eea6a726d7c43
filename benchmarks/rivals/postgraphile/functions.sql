-- What PostGraphile needs besides the tables. First: the newest transactions of a person, which it shows as a query.
CREATE OR REPLACE FUNCTION newest_transactions(owner uuid) RETURNS SETOF relational_transaction LANGUAGE sql STABLE AS $$
  SELECT booking.* FROM relational_transaction AS booking WHERE booking.id IN (
    SELECT DISTINCT newest.transaction_id FROM relational_account AS own CROSS JOIN LATERAL (
      SELECT transaction_id FROM relational_entry WHERE account_id = own.id ORDER BY transaction_id DESC LIMIT 50
    ) AS newest WHERE own.owner_id = owner ORDER BY newest.transaction_id DESC LIMIT 50)
  ORDER BY booking.id DESC
$$;
-- The two ends of `reverses` would have one name.
DO $$ DECLARE own text; BEGIN
  SELECT conname INTO own FROM pg_constraint
    WHERE contype = 'f' AND conrelid = 'relational_transaction'::regclass AND confrelid = conrelid;
  EXECUTE format('COMMENT ON CONSTRAINT %I ON relational_transaction IS ''@foreignSingleFieldName reversedBy''', own);
END $$;
