import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type {
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
  readonly subjects: Map<string, { readonly epoch: number; readonly closed: boolean }>
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
  sessions: new Map(),
  sessionIds: new Map(),
  revocations: new Map(),
  attempts: new Map(),
  events: [],
  head: 0,
  lastEvent: 0,
  keys: [],
  keysVersion: 0,
})

export const epochOf = (state: State, userId: string): number => state.subjects.get(userId)?.epoch ?? 0

export function raiseEpoch(state: State, userId: string): number {
  const epoch = epochOf(state, userId) + 1
  state.subjects.set(userId, { epoch, closed: state.subjects.get(userId)?.closed ?? false })
  return epoch
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

/** The row of a sign-in; `null` for a user who is disabled, was deleted or proved an old password. */
export function insertSession(state: State, session: NewSession): Session | null {
  const { idle, absolute, replaces: _, passwordChangedAt: __, ...given } = session
  const user = state.users.get(session.userId)
  const proved = session.passwordChangedAt ?? user?.passwordChangedAt
  if (user && (user.disabledAt !== null || user.passwordChangedAt !== proved)) return null
  if (state.subjects.get(session.userId)?.closed) return null
  const now = state.clock()
  const row: Session = {
    ...given,
    generation: 0,
    superseded: [null, null, null, null],
    createdAt: now,
    authenticatedAt: now,
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
