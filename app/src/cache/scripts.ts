import { createHash } from "node:crypto";

/** A Lua script that Redis runs as a whole. It touches the keys that it is given, and no others. */
export interface Script {
  readonly source: string;
  /** What `EVALSHA` names it by. */
  readonly sha: string;
}

/** Characters of a token, a UUID. A namespace's generation is the token of whoever began it. */
export const TOKEN_LENGTH = 36;

/** @param source Lua that uses no command outside of the service's access rules: `TIME` is one such */
export function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Every value begins with the generation it was written under: of another generation, it is not there. */
const HELPERS = `
local function current(key, token, life)
  local generation = redis.call('GET', key)
  if generation then return generation end
  redis.call('SET', key, token, 'PX', life)
  return token
end
local function belongs(text, generation)
  return text and string.sub(text, 1, ${TOKEN_LENGTH}) == generation
end
`;

/**
 * Reads a value, and takes the lock to load it when it is missing or stale. The lock of a loader from before the current
 * generation is taken over: what it loads is refused anyway.
 *
 * The generation's age is read from its time to live, as the rules leave no clock to read. An empty value says that the
 * value was deleted a moment ago.
 *
 * Keys: value, lock, generation. Arguments: token, the lock's ms, the generation's ms, ms for which what was written to
 * is fresh, ms of the stale window, `always` to take the lock from anyone.
 * Answer: generation, value or nil, whether it is stale, whether the lock was taken, whether to load from the writer.
 */
export const LOAD = script(`${HELPERS}
local generation = current(KEYS[3], ARGV[1], ARGV[3])
local value = redis.call('GET', KEYS[1])
local fresh = value == '' or redis.call('PTTL', KEYS[3]) > ARGV[3] - ARGV[4]
local stale = true
if belongs(value, generation) then
  stale = redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[5])
else
  value = false
end
local locked = false
if stale or ARGV[6] == 'always' then
  locked = ARGV[6] == 'always' or not belongs(redis.call('GET', KEYS[2]), generation)
  if locked then redis.call('SET', KEYS[2], generation .. ARGV[1], 'PX', ARGV[2]) end
end
return { generation, value, stale and 1 or 0, locked and 1 or 0, fresh and 1 or 0 }
`);

/**
 * Stores a loaded value and gives the lock back, unless the lock is no longer the loader's or the generation has changed.
 *
 * Keys: value, lock, generation. Arguments: what the loader's lock holds, the value's ms, its header, its bytes.
 * Answer: 1 when it was stored.
 */
export const STORE = script(`${HELPERS}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local generation = redis.call('GET', KEYS[3])
if not generation or not belongs(ARGV[1], generation) then return 0 end
redis.call('SET', KEYS[1], generation .. ARGV[3] .. ARGV[4], 'PX', ARGV[2])
return 1
`);

/** Keeps a loader's lock for longer. Keys: lock. Arguments: what it holds, ms. */
export const RENEW = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** Gives a loader's lock back. Keys: lock. Arguments: what it holds. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

/**
 * Puts other bytes of the same content in a value's place, for the rest of its time.
 *
 * Keys: value. Arguments: what it must begin with, the new value.
 */
export const EXCHANGE = script(`
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
`);

/** Reads values. Keys: generation, values. Arguments: ms of the stale window. Answer: each value, or nil. */
export const READ = script(`${HELPERS}
local generation = redis.call('GET', KEYS[1])
local window = tonumber(ARGV[1])
local values = {}
for i = 2, #KEYS do
  local value = generation and redis.call('GET', KEYS[i])
  local there = belongs(value, generation) and (window == 0 or redis.call('PTTL', KEYS[i]) > window)
  values[i - 1] = there and value or false
end
return values
`);

/**
 * Writes values. Whoever is loading one of them loses the lock, and with it the right to store what is older.
 *
 * Keys: generation, then value and lock of each. Arguments: token, the generation's ms, the values' ms, the values.
 */
export const WRITE = script(`${HELPERS}
local generation = current(KEYS[1], ARGV[1], ARGV[2])
for i = 4, #ARGV do
  redis.call('SET', KEYS[2 * i - 6], generation .. ARGV[i], 'PX', ARGV[3])
  redis.call('DEL', KEYS[2 * i - 5])
end
return 1
`);

/**
 * Deletes a value, with the lock of whoever is loading it, and leaves word that it was deleted.
 *
 * Keys: value, lock, generation. Arguments: ms for which what was written to is fresh. Answer: 1 when it was there.
 */
export const DELETE = script(`
local generation = redis.call('GET', KEYS[3])
local existed = generation and redis.call('GETRANGE', KEYS[1], 0, ${TOKEN_LENGTH - 1}) == generation
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
redis.call('DEL', KEYS[2])
return existed and 1 or 0
`);

/** Begins a generation. Keys: generation. Arguments: token, its ms. */
export const CLEAR = script(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/**
 * Takes tokens from a bucket by GCRA, the leaky bucket as a meter: the bucket owes the time that the tokens taken need to
 * come back, and is full when that is over. The debt is the key's own time to live, on Redis' clock, whose part below
 * a millisecond is the value: the key expires that much too late.
 *
 * Keys: bucket. Arguments: ms until one token comes back, tokens of a full bucket, tokens wanted, tokens to wait for, tokens
 * given back. Answer: tokens granted; tokens left; ms until there are the tokens to wait for, as text.
 */
export const TAKE = script(`
local interval = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local debt = 0
local excess = redis.call('GET', KEYS[1])
if excess then debt = math.max(0, redis.call('PTTL', KEYS[1]) - tonumber(excess)) end
local returned = tonumber(ARGV[5])
debt = math.max(0, debt - returned * interval)
local available = math.max(0, math.floor(burst - debt / interval + 0.000001))
local granted = math.min(tonumber(ARGV[3]), available)
debt = debt + granted * interval
if debt == 0 then
  redis.call('DEL', KEYS[1])
elseif granted + returned > 0 then
  local life = math.ceil(debt)
  redis.call('SET', KEYS[1], string.format('%.9f', life - debt), 'PX', life)
end
local wait = math.max(0, debt - (burst - tonumber(ARGV[4])) * interval)
return { granted, available - granted, string.format('%.6f', wait) }
`);
