import { randomBytes } from 'node:crypto'
import type { AdoptedToken, EndReason, NewEvent, NewSession, RevocationKind } from '../store.ts'
import type { Row, Values } from './driver.ts'
import { numberOf } from './rows.ts'

/*
 * The statements that several verbs end with. Each verb is a fixed list: the first statement marks the rows that it
 * changes with `$ref`, the others find them by that mark, and nothing is carried through JavaScript in between.
 * Locks are taken in one order everywhere: user, subject, turn, sessions by id, keys, log head, events.
 */

/** The mark of one call. */
export const newRef = (): string => randomBytes(12).toString('base64url')

/** Locks the subject of `$user`, so that sign-ins and endings of one user follow one another. */
export const LOCK_SUBJECT = `
  insert into latchkey_subjects (sub, epoch) values ($user, 0)
  on conflict (sub) do update set epoch = latchkey_subjects.epoch`

/** The same, and remembers that all sessions but those that are kept end now: what was issued before is not adopted. */
export const endSubject = (endedAt = '#now'): string => `
  insert into latchkey_subjects (sub, epoch, ended_at) values ($user, 0, ${endedAt})
  on conflict (sub) do update set ended_at = ${latest('latchkey_subjects.ended_at', 'excluded.ended_at')}`

/** The later of two times, of which the first may be missing. */
function latest(known: string, given: string): string {
  return `case when ${known} > ${given} then ${known} else ${given} end`
}

/** Raises the epoch of `$user` where `condition` holds, because all sessions end. */
export const raiseEpoch = (condition: string): string => `
  insert into latchkey_subjects (sub, epoch, ended_at) select $user, 1, #now where ${condition}
  on conflict (sub) do update
    set epoch = latchkey_subjects.epoch + 1, ended_at = ${latest('latchkey_subjects.ended_at', '#now')}`

/**
 * Raises it because claims changed, and nothing ended: -1. A subject whose epoch was raised by who does not write
 * `ended_at` stays without one, for nobody knows why it was.
 */
export const raiseEpochOfClaims = (condition: string): string => `
  insert into latchkey_subjects (sub, epoch, ended_at) select $user, 1, -1 where ${condition}
  on conflict (sub) do update
    set ended_at = case when latchkey_subjects.epoch = 0 then coalesce(latchkey_subjects.ended_at, -1)
                        else latchkey_subjects.ended_at end,
        epoch = latchkey_subjects.epoch + 1`

/** Ends the sessions that have not ended; with it come `expires_at` and `now`, for {@link livingOf}. */
export const endSessions = (where: string, reason: EndReason | null = null): string => `
  update latchkey_sessions
     set ended_at = #now, ended_reason = ${reason === null ? '$reason' : `'${reason}'`}, mark = $ref
   where ended_at is null
     and id in (select c.id from latchkey_sessions c where ${where} and c.ended_at is null order by c.id {lock})
  returning expires_at, #now as now`

/** How many of the ended sessions had not run out. */
export const livingOf = (rows: readonly Row[] = []): number =>
  rows.filter((row) => numberOf(row, 'now') < numberOf(row, 'expires_at')).length

// Ordered by time first: by id alone SQLite would walk the index of all sessions to save itself a sort.
/** A `sid` entry for each of the sessions, numbered by the head of the log as the last lock. */
export const logSessions = (sessions: string): readonly string[] => [
  `update latchkey_revocation_head set seq = seq + (select count(*) from latchkey_sessions s where ${sessions})
    where exists (select 1 from latchkey_sessions s where ${sessions})`,
  `insert into latchkey_revocations (seq, kind, id, until)
   select h.seq + 1 - row_number() over (order by s.created_at desc, s.id desc), 'sid', s.id, #now + #hold
     from latchkey_sessions s cross join latchkey_revocation_head h where ${sessions}`,
]

interface EntryParts {
  readonly value?: string
  readonly until?: string
  readonly condition?: string
}

/** One entry where `condition` holds; `id`, `value` and `until` are expressions. */
export const logEntry = (
  kind: RevocationKind,
  id: string,
  { value = 'null', until = '#now + #hold', condition = '1 = 1' }: EntryParts = {},
): readonly string[] => [
  `update latchkey_revocation_head set seq = seq + 1 where ${condition}`,
  `insert into latchkey_revocations (seq, kind, id, value, until)
   select h.seq, '${kind}', ${id}, ${value}, ${until} from latchkey_revocation_head h where ${condition}`,
]

/** The entry of an epoch that was just raised. */
export const logEpoch = (kind: 'user' | 'claims', condition?: string): readonly string[] =>
  logEntry(kind, '$user', {
    value: '(select x.epoch from latchkey_subjects x where x.sub = $user)',
    ...(condition === undefined ? {} : { condition }),
  })

/** The audit row of {@link eventValues} where `condition` holds. */
export const writeEvent = (condition = '1 = 1'): string => `
  insert into latchkey_events (at, type, user_id, session_id, address, user_agent, data)
  select #now, $e_type, $e_user, $e_session, $e_address, $e_agent, $e_data where ${condition}`

/** The same about one of the sessions: whose it is, the row knows. */
export const writeSessionEvent = (session: string): string => `
  insert into latchkey_events (at, type, user_id, session_id, address, user_agent, data)
  select #now, $e_type, s.user_id, s.id, $e_address, $e_agent, $e_data from latchkey_sessions s where ${session}`

/** An audit row for each of the sessions that a verb ended beside its own business. */
export const writeEndings = (sessions: string): string => `
  insert into latchkey_events (at, type, user_id, session_id, address, user_agent, data)
  select #now, 'session.ended', s.user_id, s.id, $e_address, $e_agent, '{"reason":"' || s.ended_reason || '"}'
    from latchkey_sessions s where ${sessions} order by s.id`

export const eventValues = (event: NewEvent): Values => ({
  e_type: event.type,
  e_user: event.userId,
  e_session: event.sessionId,
  e_address: event.address,
  e_agent: event.userAgent,
  e_data: JSON.stringify(event.data),
})

/** Nobody signs in who is disabled, was deleted or proved an old password. */
const ADMITTED = `
  x.sub = $user and x.closed_at is null
  and not exists (select 1 from latchkey_users u where u.id = $user
                     and (u.disabled_at is not null or u.password_changed_at <> coalesce(#changed, u.password_changed_at)))`

/** Expressions of what differs between one beginning of a session and another. */
interface Beginning {
  readonly generation: string
  readonly superseded: string
  readonly authenticated: string
}
const SIGN_IN: Beginning = { generation: '0', superseded: 'null', authenticated: '#now' }
/** The token that was adopted is generation 0, superseded now. */
const ADOPTION: Beginning = {
  generation: '1',
  superseded: '#now',
  authenticated: 'case when #proved < #now then #proved else #now end',
}

/** The row of a session where `condition` holds. */
export const insertSession = (
  condition = '1 = 1',
  { generation, superseded, authenticated }: Beginning = SIGN_IN,
): string => `
  insert into latchkey_sessions (id, user_id, gen, s1, created_at, authenticated_at, last_used_at, expires_at, ends_at,
                                 epoch, user_agent, address, label)
  select $sid, $user, ${generation}, ${superseded}, #now, ${authenticated}, #now,
         #now + case when #idle < #absolute then #idle else #absolute end,
         #now + #absolute, x.epoch, $agent, $address, $label
    from latchkey_subjects x
   where ${ADMITTED} and ${condition}
  returning *, #now as now`

/** Whether this call was the one that took the token. */
const TAKEN = 'exists (select 1 from latchkey_adopted a where a.jti = $adopted and a.mark = $ref)'

/**
 * Takes the token, once and only where its session may start; then the row of that. Whoever signs everybody out waits for
 * it, or it for them: {@link NOT_BEFORE_EVERYBODY}.
 */
export const insertAdopted: readonly string[] = [
  '{together}',
  `insert into latchkey_adopted (jti, until, mark)
   select $adopted, #until, $ref from latchkey_subjects x
    where ${ADMITTED}
      and (#issued > x.ended_at or (x.ended_at is null and x.epoch = 0))
      and not exists (select 1 from latchkey_meta m where m.name = 'not_before' and #issued < m.version * 1000)
      and not exists (select 1 from latchkey_sessions n where n.id = $sid)
   on conflict (jti) do nothing`,
  insertSession(TAKEN, ADOPTION),
]

/** Where a session of {@link insertAdopted} has started. */
export const ADOPTED: string = `${TAKEN} and exists (select 1 from latchkey_sessions n where n.id = $sid)`

/** Remembers for good what `not_before` of everybody says in the log for a while. */
export const NOT_BEFORE_EVERYBODY: string = `
  insert into latchkey_meta (name, version) values ('not_before', #at)
  on conflict (name) do update set version = ${latest('latchkey_meta.version', 'excluded.version')}`

export const sessionValues = (session: NewSession): Values => ({
  sid: session.id,
  user: session.userId,
  idle: session.idle,
  absolute: session.absolute,
  agent: session.userAgent,
  address: session.address,
  label: session.label,
  replaces: session.replaces,
  changed: session.passwordChangedAt ?? null,
  ...(session.adopts ? adoptedValues(session.adopts) : {}),
})

const adoptedValues = ({ key, issuedAt, authenticatedAt, until }: AdoptedToken): Values => ({
  adopted: key,
  issued: issuedAt,
  proved: authenticatedAt,
  until,
})
