import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type {
  AdoptedToken,
  EndReason,
  NewEvent,
  NewSession,
  RevocationEntry,
  Session,
  StoredEvent,
  StoredKey,
  User,
} from '../store.ts'

/** Everything that a memory store remembers. Each verb changes it in one synchronous block. */
export interface State {
  readonly clock: Clock
  readonly logId: string
  readonly users: Map<string, User>
  /** Ids by the key of the name. */
  readonly names: Map<string, string>
  readonly subjects: Map<string, Subject>
  /** Adopted tokens by their keys: until when each is remembered. */
  readonly adopted: Map<string, number>
  readonly sessions: Map<string, Session>
  /** Ids by user. */
  readonly sessionIds: Map<string, Set<string>>
  readonly revocations: Map<number, RevocationEntry>
  readonly attempts: Map<string, Count>
  readonly events: StoredEvent[]
  head: number
  lastEvent: number
  keys: readonly StoredKey[]
  keysVersion: number
  /** No token that was issued before it is adopted; milliseconds. */
  notBefore: number
}

interface Subject {
  readonly epoch: number
  readonly closed: boolean
  /** When all sessions were last ended. */
  readonly endedAt: number
}

export interface Count {
  readonly count: number
  readonly until: number
  readonly blockedUntil: number
}

export const newState = (clock: Clock): State => ({
  clock,
  logId: randomBytes(16).toString('base64url'),
  users: new Map(),
  names: new Map(),
  subjects: new Map(),
  adopted: new Map(),
  sessions: new Map(),
  sessionIds: new Map(),
  revocations: new Map(),
  attempts: new Map(),
  events: [],
  head: 0,
  lastEvent: 0,
  keys: [],
  keysVersion: 0,
  notBefore: 0,
})

export const epochOf = (state: State, userId: string): number => state.subjects.get(userId)?.epoch ?? 0

const NEW_SUBJECT: Subject = { epoch: 0, closed: false, endedAt: -1 }

export function changeSubject(state: State, userId: string, change: Partial<Subject>): void {
  state.subjects.set(userId, { ...(state.subjects.get(userId) ?? NEW_SUBJECT), ...change })
}

export function raiseEpoch(state: State, userId: string): number {
  const epoch = epochOf(state, userId) + 1
  changeSubject(state, userId, { epoch })
  return epoch
}

/** All sessions but those that are kept end: what was issued before is not adopted. */
export function endSubject(state: State, userId: string, endedAt: number = state.clock()): void {
  const known = state.subjects.get(userId)?.endedAt ?? endedAt
  changeSubject(state, userId, { endedAt: Math.max(known, endedAt) })
}

export const isLiving = (state: State, session: Session): boolean =>
  session.endedAt === null &&
  state.clock() < session.expiresAt &&
  session.epoch === epochOf(state, session.userId)

export const sessionsOf = (state: State, userId: string): Session[] =>
  [...(state.sessionIds.get(userId) ?? [])].flatMap((id) => state.sessions.get(id) ?? [])

export function addSession(state: State, session: Session): void {
  const ids = state.sessionIds.get(session.userId) ?? new Set()
  state.sessionIds.set(session.userId, ids.add(session.id))
  state.sessions.set(session.id, session)
}

export function dropSession(state: State, { id, userId }: Session): void {
  const ids = state.sessionIds.get(userId)
  ids?.delete(id)
  if (ids?.size === 0) state.sessionIds.delete(userId)
  state.sessions.delete(id)
}

export function writeEvent(state: State, event: NewEvent): void {
  state.lastEvent += 1
  state.events.push({ ...event, data: { ...event.data }, id: state.lastEvent, at: state.clock() })
}

/** The next line of the log. */
export function log(state: State, entry: Omit<RevocationEntry, 'seq'>): void {
  state.head += 1
  state.revocations.set(state.head, { ...entry, seq: state.head })
}

export function logSession(state: State, id: string, hold: number): void {
  log(state, { kind: 'sid', id, value: null, until: state.clock() + hold })
}

/** Ends those that have not ended, in the order of their ids. */
export function endSessions(
  state: State,
  sessions: readonly Session[],
  reason: EndReason,
): readonly Session[] {
  const ending = sessions.filter(({ endedAt }) => endedAt === null).sort(byId)
  for (const session of ending) {
    state.sessions.set(session.id, { ...session, endedAt: state.clock(), endedReason: reason })
  }
  return ending
}

const byId = (a: Session, b: Session): number => (a.id < b.id ? -1 : 1)

/** How many of them had not run out. */
export const countLiving = (state: State, sessions: readonly Session[]): number =>
  sessions.filter(({ expiresAt }) => state.clock() < expiresAt).length

/** Nobody signs in who is disabled, was deleted or proved an old password. */
function isAdmitted(state: State, { userId, passwordChangedAt }: NewSession): boolean {
  const user = state.users.get(userId)
  const proved = passwordChangedAt ?? user?.passwordChangedAt
  if (user && (user.disabledAt !== null || user.passwordChangedAt !== proved)) return false
  return !state.subjects.get(userId)?.closed
}

function isAdoptable(state: State, { id, userId }: NewSession, { key, issuedAt }: AdoptedToken): boolean {
  const { endedAt } = state.subjects.get(userId) ?? NEW_SUBJECT
  if (state.adopted.has(key) || state.sessions.has(id)) return false
  return issuedAt > endedAt && issuedAt >= state.notBefore
}

/** The row of a session; `null` for who is not admitted, and for a token that is not to be adopted. */
export function insertSession(state: State, session: NewSession): Session | null {
  const { idle, absolute, replaces: _, passwordChangedAt: __, adopts, ...given } = session
  if (!isAdmitted(state, session)) return null
  if (adopts && !isAdoptable(state, session, adopts)) return null
  if (adopts) state.adopted.set(adopts.key, adopts.until)
  const now = state.clock()
  const row: Session = {
    ...given,
    generation: adopts ? 1 : 0,
    superseded: [adopts ? now : null, null, null, null],
    createdAt: now,
    authenticatedAt: Math.min(now, adopts?.authenticatedAt ?? now),
    lastUsedAt: now,
    expiresAt: now + Math.min(idle, absolute),
    endsAt: now + absolute,
    epoch: epochOf(state, session.userId),
    endedAt: null,
    endedReason: null,
  }
  addSession(state, row)
  return row
}
