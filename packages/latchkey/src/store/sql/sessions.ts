import type { Judged, SessionStore } from '../store.ts'
import type { Row, SqlDriver } from './driver.ts'
import {
  ADOPTED,
  endSessions,
  endSubject,
  eventValues,
  insertAdopted,
  insertSession,
  LOCK_SUBJECT,
  livingOf,
  logEpoch,
  logSessions,
  newRef,
  raiseEpoch,
  sessionValues,
  writeEndings,
  writeEvent,
  writeSessionEvent,
} from './log.ts'
import { numberOf, sessionOf } from './rows.ts'

const FIND = `
  select s.*, coalesce(x.epoch, 0) as subject_epoch, #now as now
    from latchkey_sessions s left join latchkey_subjects x on x.sub = s.user_id
   where s.id = $sid`

const LIST = `
  select s.* from latchkey_sessions s left join latchkey_subjects x on x.sub = s.user_id
   where s.user_id = $user and s.ended_at is null and #now < s.expires_at and s.epoch = coalesce(x.epoch, 0)
   order by s.created_at desc, s.id`

// R3: one statement, and the only one that a refresh needs.
const ROTATE = `
  update latchkey_sessions
     set gen = gen + 1, s4 = s3, s3 = s2, s2 = s1, s1 = #now, last_used_at = #now,
         expires_at = case when #now + #idle < ends_at then #now + #idle else ends_at end
   where id = $sid and gen = #gen and ended_at is null and #now < expires_at
     and (s4 is null or #now - s4 >= #grace)
     and epoch = coalesce((select x.epoch from latchkey_subjects x where x.sub = latchkey_sessions.user_id), 0)
  returning *, #now as now`

const STARTED = 'exists (select 1 from latchkey_sessions n where n.id = $sid)'
const DISPLACED = 's.user_id = $user and s.mark = $ref'
// S-05. A thousand million rows stand for "all": PostgreSQL has no LIMIT -1, SQLite no OFFSET without LIMIT.
const BEYOND_LIMIT = `
  c.id in (select o.id from latchkey_sessions o
            where o.user_id = $user and o.id <> $sid and o.ended_at is null and #now < o.expires_at
            order by o.last_used_at desc, o.created_at desc, o.id limit 1000000000 offset #others)`
const start = (insert: readonly string[], started: string): readonly string[] => [
  LOCK_SUBJECT,
  ...insert,
  // A device may have been somebody else's before: their session is not this user's to end.
  endSessions(`c.id = $replaces and c.user_id = $user and ${started}`, 'replaced'),
  endSessions(`${BEYOND_LIMIT} and ${started}`, 'limit'),
  ...logSessions(DISPLACED),
  writeEndings(DISPLACED),
  writeEvent(started),
]
const START = start([insertSession()], STARTED)
const START_ADOPTED = start(insertAdopted, ADOPTED)

const ONE = 's.id = $sid and s.mark = $ref'
const END = [endSessions('c.id = $sid'), ...logSessions(ONE), writeSessionEvent(ONE)]
const END_ALL = [raiseEpoch('1 = 1'), endSessions('c.user_id = $user'), ...logEpoch('user'), writeEvent()]
const END_OTHERS = [
  endSubject(),
  endSessions('c.user_id = $user and c.id <> $keep'),
  ...logSessions('s.user_id = $user and s.mark = $ref'),
  writeEvent(),
]

const DELETE_EXPIRED = `
  delete from latchkey_sessions
   where id in (select c.id from latchkey_sessions c where c.ends_at <= #now order by c.ends_at limit #limit)
  returning id`
const DELETE_ADOPTED = `
  delete from latchkey_adopted
   where jti in (select c.jti from latchkey_adopted c where c.until <= #now order by c.until limit #limit)
  returning jti`

/** R7: the known times move `distance` places, and what nobody knows any more is now. */
function catchUp(distance: number): string {
  const times = [...Array.from({ length: Math.min(distance, 4) }, () => '#now'), 's1', 's2', 's3'].slice(0, 4)
  return `
    update latchkey_sessions
       set gen = #to, mark = $ref, ${times.map((time, index) => `s${index + 1} = ${time}`).join(', ')}
     where id = $sid and gen = #gen and ended_at is null and #now < expires_at
    returning id`
}

const judgedOf = (row: Row | undefined): Judged | null =>
  row === undefined ? null : { session: sessionOf(row), now: numberOf(row, 'now') }

export function sqlSessions({ read, write }: SqlDriver): SessionStore {
  return {
    async start(session, { limit, hold }, event) {
      const others = Math.min(Math.max(limit, 1), 1_000_000_000) - 1
      const values = { ...sessionValues(session), ...eventValues(event), others, hold, ref: newRef() }
      const rows = await write(session.adopts ? START_ADOPTED : START, values)
      // Behind the lock, the last statement of the insert answers the row.
      return judgedOf(rows[session.adopts ? insertAdopted.length : 1]?.[0])
    },
    async find(id) {
      const [row] = await read(FIND, { sid: id })
      return row === undefined
        ? null
        : { session: sessionOf(row), now: numberOf(row, 'now'), epoch: numberOf(row, 'subject_epoch') }
    },
    async list(userId) {
      return (await read(LIST, { user: userId })).map(sessionOf)
    },
    async rotate(id, from, { grace, idle }) {
      const [rows = []] = await write([ROTATE], { sid: id, gen: from, grace, idle })
      return judgedOf(rows[0])
    },
    async catchUp(id, from, to, event) {
      if (to <= from) return false
      const values = { sid: id, gen: from, to, ref: newRef(), ...eventValues(event) }
      const [rows = []] = await write([catchUp(to - from), writeSessionEvent(ONE)], values)
      return rows.length === 1
    },
    async end(id, { reason, hold }, event) {
      const [rows = []] = await write(END, { sid: id, reason, hold, ref: newRef(), ...eventValues(event) })
      return rows.length === 1
    },
    async endAll(userId, { reason, hold, keep }, event) {
      const values = { user: userId, reason, hold, keep, ref: newRef(), ...eventValues(event) }
      const [, ended] = await write(keep === null ? END_ALL : END_OTHERS, values)
      return livingOf(ended)
    },
    async deleteExpired(limit) {
      const [sessions = [], adopted = []] = await write([DELETE_EXPIRED, DELETE_ADOPTED], { limit })
      return sessions.length + adopted.length
    },
  }
}
