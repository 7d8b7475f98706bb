-- One hold: the seat is taken unless somebody has it whose deadline has not passed. One statement, one transaction.
-- Every client takes its own run of seats, so that all holds succeed and neighbours in the index are rarely wanted
-- by two at a time. :first differs from run to run.
\set n :n + 1
\set seat :client_id * 1000000000 + :first + :n
\set fan random(1, 100000)
INSERT INTO hold (seat, fan, deadline) VALUES (:seat, :fan, now() + interval '5 minutes')
  ON CONFLICT (seat) DO UPDATE SET fan = excluded.fan, deadline = excluded.deadline
  WHERE NOT hold.sold AND hold.deadline <= now();
