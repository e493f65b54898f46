import type { AttemptStore } from '../store.ts'
import type { SqlDriver } from './driver.ts'
import { numberOf } from './rows.ts'

// One statement: of any number of racing callers each gets a count of its own (L-01).
const TAKE = `
  insert into latchkey_attempts as a (key, count, until, blocked_until) values ($key, 1, #now + #window, 0)
  on conflict (key) do update
     set count = case when a.blocked_until > #now then a.count when a.until <= #now then 1 else a.count + 1 end,
         until = case when a.blocked_until <= #now and a.until <= #now then #now + #window else a.until end
  returning count, until, blocked_until, #now as now`

// A key that is blocked before its first attempt gets a window that has run out, so that the first one opens it.
const BLOCK = `
  insert into latchkey_attempts as a (key, count, until, blocked_until) values ($key, 0, #now, #now + #duration)
  on conflict (key) do update
     set blocked_until = case when a.blocked_until > #now + #duration then a.blocked_until else #now + #duration end`

const PURGE = `
  delete from latchkey_attempts
   where key in (select c.key from latchkey_attempts c where c.until <= #now and c.blocked_until <= #now
                 order by c.until limit #limit)
  returning key`

export function sqlAttempts({ write }: SqlDriver): AttemptStore {
  return {
    async take(key, limit, window) {
      const [rows = []] = await write([TAKE], { key, window })
      const [row = {}] = rows
      const [count, now, blockedUntil] = [
        numberOf(row, 'count'),
        numberOf(row, 'now'),
        numberOf(row, 'blocked_until'),
      ]
      const blocked = blockedUntil > now
      return {
        allowed: !blocked && count <= limit,
        count,
        until: blocked ? blockedUntil : numberOf(row, 'until'),
        now,
      }
    },
    async block(key, duration) {
      await write([BLOCK], { key, duration })
    },
    async clear(key) {
      await write(['delete from latchkey_attempts where key = $key'], { key })
    },
    async purge(limit) {
      const [rows = []] = await write([PURGE], { limit })
      return rows.length
    },
  }
}
