/**
 * Changes the token of a session for its successor, atomically.
 *
 * A session knows the hash of its current token and of the one before. The current one is replaced, and its salt kept.
 * The one before, within the grace period, gets the kept salt again, so that a client whose answer was lost finds the
 * same successor. Any other token means that somebody has a copy: the session ends.
 *
 * KEYS: session. ARGV: hash that came, hash of its successor, salt of its successor, grace in ms.
 * Answers: false, or {'rotated' | 'repeated', user, epoch, salt}, or {'reused', user}.
 */
export const rotateScript = `
local session = redis.call('HMGET', KEYS[1], 'user', 'epoch', 'current', 'previous', 'salt', 'rotatedAtMs')
if not session[1] then return false end
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
if session[3] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'previous', ARGV[1], 'current', ARGV[2], 'salt', ARGV[3], 'rotatedAtMs', nowMs)
  return {'rotated', session[1], session[2], ARGV[3]}
end
if session[4] == ARGV[1] and nowMs - tonumber(session[6]) < tonumber(ARGV[4]) then
  return {'repeated', session[1], session[2], session[5]}
end
redis.call('DEL', KEYS[1])
return {'reused', session[1]}
`;

/**
 * Ends a session for who has its current token or the one before.
 *
 * KEYS: session. ARGV: hash that came. Answers: false, or the user whose session it was.
 */
export const endScript = `
local session = redis.call('HMGET', KEYS[1], 'user', 'current', 'previous')
if not session[1] then return false end
if session[2] ~= ARGV[1] and session[3] ~= ARGV[1] then return false end
redis.call('DEL', KEYS[1])
return session[1]
`;

/**
 * Ends a session for its owner.
 *
 * KEYS: session. ARGV: user. Answers: 1, or 0 when there is no such session of this user.
 */
export const endOwnScript = `
if redis.call('HGET', KEYS[1], 'user') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
