-- A hold as in hold.sql, and in a second transaction its payment, by one call, so that the client waits for one
-- answer. A refusal would be an error, which ends the run.
\set n :n + 1
\set seat :client_id * 1000000000 + :first + :n
\set fan random(1, 100000)
INSERT INTO hold (seat, fan, deadline) VALUES (:seat, :fan, now() + interval '5 minutes')
  ON CONFLICT (seat) DO UPDATE SET fan = excluded.fan, deadline = excluded.deadline
  WHERE NOT hold.sold AND hold.deadline <= now();
SELECT pay(:seat, :fan, 1000);
