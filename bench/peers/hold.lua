-- The usual hold in Redis: the seat's key is set unless it is there, with its deadline, and a stream keeps what
-- happened. One script, so that both happen or none.
--   KEYS: the seat, the stream; ARGV: the fan, the seconds that the hold lives
-- Answers the stream's id, or nothing if somebody else holds the seat.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  return redis.call('XADD', KEYS[2], '*', 'seat', KEYS[1], 'fan', ARGV[1])
end
return false
