import type { Clock } from '../../base/clock.ts'
import { createBreaker } from '../breaker.ts'
import { within } from '../deadline.ts'
import type { AttemptStore } from '../store.ts'
import type { RedisClient } from './client.ts'
import { scriptOf } from './script.ts'

/** How long (ms) a counter may take: longer than that, and a node counts for itself. */
const DEADLINE = 500

// ARGV[1] is the time for tests, or '' for the server's own. A key stays a minute longer than it counts.
const READ = `
local time = redis.call('TIME')
local now = ARGV[1] ~= '' and tonumber(ARGV[1]) or time[1] * 1000 + math.floor(time[2] / 1000)
local row = redis.call('HMGET', KEYS[1], 'count', 'until', 'blocked')
local count, til, blocked = tonumber(row[1] or 0), tonumber(row[2] or 0), tonumber(row[3] or 0)
local function save()
  redis.call('HSET', KEYS[1], 'count', count, 'until', string.format('%.0f', til), 'blocked', string.format('%.0f', blocked))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(til, blocked) - now + 60000))
end
`
const TAKE = scriptOf(`${READ}
if blocked <= now then
  if til <= now then count, til = 1, now + tonumber(ARGV[2]) else count = count + 1 end
  save()
end
return { count, til, blocked, now }`)

// The rules come in the order in which they are listed below.
const TAKE_IN_ROW = scriptOf(`${READ}
if blocked > now then return { 0, count, blocked, now } end
local free, wait, longest, most, memory = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
count = til <= now and 1 or count + 1
local pause = 0
if count >= most then pause = memory elseif count >= free then pause = math.min(longest, wait * 2 ^ (count - free)) end
til, blocked = now + memory, now + pause
save()
return { 1, count, blocked, now }`)

const BLOCK = scriptOf(`${READ}
if til == 0 then til = now end
blocked = math.max(blocked, now + tonumber(ARGV[2]))
save()`)

/**
 * Counters in Redis, atomic by script. While it is away each node counts for itself at half the limit: sign-ins go
 * on, and are never unlimited (L-06).
 *
 * @param own what this node counts with meanwhile
 */
export function redisAttempts(
  client: RedisClient,
  prefix: string,
  clock: Clock | null,
  own: AttemptStore,
): AttemptStore {
  const breaker = createBreaker(() => true)
  const keyOf = (key: string): string => `${prefix}:attempts:${key}`
  const time = (): string | number => (clock === null ? '' : clock())
  const ask = (work: () => Promise<unknown>): Promise<unknown> => breaker.run(() => within(DEADLINE, work()))
  // What cannot be written there still holds here.
  const tell = (work: () => Promise<unknown>): Promise<unknown> => ask(work).catch(() => null)
  return {
    async take(key, limit, window) {
      try {
        const reply = (await ask(() => TAKE(client, keyOf(key), [time(), window]))) as readonly unknown[]
        const [count = 0, until = 0, blocked = 0, now = 0] = reply.map(Number)
        const isBlocked = blocked > now
        return { allowed: !isBlocked && count <= limit, count, until: isBlocked ? blocked : until, now }
      } catch {
        return own.take(key, Math.ceil(limit / 2), window)
      }
    },
    async takeInRow(key, rules) {
      const { free, wait, longest, most, memory } = rules
      try {
        const args = [time(), free, wait, longest, most, memory]
        const reply = (await ask(() => TAKE_IN_ROW(client, keyOf(key), args))) as readonly unknown[]
        const [allowed, count = 0, until = 0, now = 0] = reply.map(Number)
        return { allowed: allowed === 1, count, until, now }
      } catch {
        return own.takeInRow(key, { ...rules, free: Math.ceil(free / 2), most: Math.ceil(most / 2) })
      }
    },
    async block(key, duration) {
      await own.block(key, duration)
      await tell(() => BLOCK(client, keyOf(key), [time(), duration]))
    },
    async clear(key) {
      await own.clear(key)
      await tell(() => client.sendCommand(['DEL', keyOf(key)]))
    },
    // Redis forgets by itself.
    purge: (limit) => own.purge(limit),
  }
}
