import type { RevocationLog } from '../store.ts'
import type { SqlDriver } from './driver.ts'
import {
  endSessions,
  endSubject,
  eventValues,
  livingOf,
  logEntry,
  logSessions,
  NOT_BEFORE_EVERYBODY,
  newRef,
  writeEvent,
} from './log.ts'
import { entryOf, numberOf, textOf } from './rows.ts'

// One statement, so that the head and the entries are of one moment: nothing up to `head` is missing.
const SINCE = `
  select h.log_id, h.seq as head, #now as now, r.seq, r.kind, r.id, r.value, r.until
    from latchkey_revocation_head h
    left join (select * from latchkey_revocations
                where seq >= #cursor and (until > #now or seq = #cursor) order by seq limit #rows) r
      on 1 = 1
   order by r.seq`

const REVOKE_TOKEN = [...logEntry('jti', '$jti', { until: '#until' }), writeEvent()]

// A token from just before a moment that is still to come outlives that moment by its lifetime.
const until = '(case when #at * 1000 > #now then #at * 1000 else #now end) + #hold'
// By the sign-in, which of an adopted session lies before its row.
const SIGNED_IN_BEFORE = 'c.authenticated_at < #at * 1000'
/** Their access tokens may say that they were issued later. */
const STARTED_SINCE = 's.mark = $ref and s.created_at >= #at * 1000'
const NOT_BEFORE_USER = [
  endSubject('#at * 1000 - 1'),
  endSessions(`c.user_id = $user and ${SIGNED_IN_BEFORE}`),
  ...logSessions(`s.user_id = $user and ${STARTED_SINCE}`),
  ...logEntry('not_before_user', '$user', { value: '#at', until }),
  writeEvent(),
]
const NOT_BEFORE = [
  '{alone}',
  NOT_BEFORE_EVERYBODY,
  endSessions(SIGNED_IN_BEFORE),
  ...logSessions(STARTED_SINCE),
  ...logEntry('not_before', '$issuer', { value: '#at', until }),
  writeEvent(),
]

const PURGE = `
  delete from latchkey_revocations
   where seq in (select c.seq from latchkey_revocations c
                  where c.until <= #now and c.seq < (select h.seq from latchkey_revocation_head h)
                  order by c.until limit #limit)
  returning seq`

export function sqlRevocations({ read, write }: SqlDriver): RevocationLog {
  return {
    async since(cursor, limit) {
      const rows = await read(SINCE, { cursor, rows: limit + 2 })
      const [first] = rows
      if (first === undefined)
        throw new Error('latchkey_revocation_head has lost its row: restore the database.')
      const [logId, head, now] = [textOf(first, 'log_id'), numberOf(first, 'head'), numberOf(first, 'now')]
      const entries = rows.filter((row) => row['seq'] !== null).map(entryOf)
      const anchor = entries[0]?.seq === cursor ? (entries.shift() ?? null) : null
      return { logId, head, anchor, entries: entries.slice(0, limit), more: entries.length > limit, now }
    },
    async revokeToken(jti, until, event) {
      await write(REVOKE_TOKEN, { jti, until, ...eventValues(event) })
    },
    async setNotBefore(scope, at, { reason, hold }, event) {
      const values = { at, reason, hold, ref: newRef(), ...eventValues(event) }
      if ('userId' in scope)
        return livingOf((await write(NOT_BEFORE_USER, { ...values, user: scope.userId }))[1])
      return livingOf((await write(NOT_BEFORE, { ...values, issuer: scope.issuer }))[2])
    },
    async purge(limit) {
      const [rows = []] = await write([PURGE], { limit })
      return rows.length
    },
  }
}
