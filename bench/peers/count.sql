-- What was done since reset.sql: seats held or sold, seats sold, money paid, money taken from wallets.
SELECT
  count(*),
  count(*) FILTER (WHERE sold),
  (SELECT COALESCE(sum(amount), 0) FROM payment),
  (SELECT sum(1000000000 - balance) FROM wallet)
FROM hold;
