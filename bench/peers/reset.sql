-- Before a case: nobody holds anything, everybody has money, and all of it is on disk.
TRUNCATE hold, payment, wallet;
INSERT INTO wallet SELECT fan, 1000000000 FROM generate_series(1, 100000) AS fan;
VACUUM ANALYZE wallet;
CHECKPOINT;
