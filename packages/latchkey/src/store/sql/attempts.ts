import { doublings } from '../row-wait.ts'
import type { Attempt, AttemptStore } from '../store.ts'
import type { Row, SqlDriver } from './driver.ts'
import { numberOf } from './rows.ts'

// One statement: of any number of racing callers each gets a count of its own (L-01).
const TAKE = `
  insert into latchkey_attempts as a (key, count, until, blocked_until) values ($key, 1, #now + #window, 0)
  on conflict (key) do update
     set count = case when a.blocked_until > #now then a.count when a.until <= #now then 1 else a.count + 1 end,
         until = case when a.blocked_until <= #now and a.until <= #now then #now + #window else a.until end
  returning count, until, blocked_until, #now as now`

/** The wait after the `count`th attempt in a row, as `waitAfter` has it. */
const waitAfter = (count: string): string => `
  case when ${count} >= #most then #memory when ${count} < #free then 0
       when ${count} - #free >= #doublings then #longest else #wait << cast(${count} - #free as integer) end`

const NEXT = 'case when a.until <= #now then 1 else a.count + 1 end'
// What has to wait updates nothing, and so gets no row: of racing callers only those pass who find no wait.
const TAKE_IN_ROW = `
  insert into latchkey_attempts as a (key, count, until, blocked_until)
  values ($key, 1, #now + #memory, #now + ${waitAfter('1')})
  on conflict (key) do update
     set count = ${NEXT}, until = #now + #memory, blocked_until = #now + ${waitAfter(`(${NEXT})`)}
   where a.blocked_until <= #now
  returning count, blocked_until, #now as now`

const WAITING = 'select count, blocked_until, #now as now from latchkey_attempts where key = $key'

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

export function sqlAttempts({ read, write }: SqlDriver): AttemptStore {
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
    async takeInRow(key, rules) {
      const [[counted] = []] = await write([TAKE_IN_ROW], { key, ...rules, doublings: doublings(rules) })
      if (counted !== undefined) return { allowed: true, ...waitOf(counted) }
      const [waiting] = await read(WAITING, { key })
      // A sign-in that succeeded meanwhile has ended the row, and with it the wait.
      return { allowed: false, ...waitOf(waiting ?? { count: 0, blocked_until: 0, now: 0 }) }
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

const waitOf = (row: Row): Omit<Attempt, 'allowed'> => ({
  count: numberOf(row, 'count'),
  until: numberOf(row, 'blocked_until'),
  now: numberOf(row, 'now'),
})
