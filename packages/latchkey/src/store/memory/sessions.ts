import type { NewEvent, NewSession, Session, SessionStore, Superseded } from '../store.ts'
import {
  countLiving,
  dropSession,
  endSessions,
  endSubject,
  epochOf,
  insertSession,
  isLiving,
  log,
  logSession,
  raiseEpoch,
  type State,
  sessionsOf,
  writeEvent,
} from './state.ts'

export function memorySessions(state: State): SessionStore {
  const { sessions, clock } = state
  return {
    async start(session, { limit, hold }, event) {
      const started = insertSession(state, session)
      if (started === null) return null
      const displaced = [...endReplaced(state, session), ...endBeyond(state, session, Math.max(limit, 1) - 1)]
      for (const { id } of displaced) logSession(state, id, hold)
      for (const { id } of displaced) writeEnding(state, id, event)
      writeEvent(state, event)
      return { session: started, now: clock() }
    },
    async find(id) {
      const session = sessions.get(id)
      return session === undefined ? null : { session, now: clock(), epoch: epochOf(state, session.userId) }
    },
    async list(userId) {
      return sessionsOf(state, userId)
        .filter((session) => isLiving(state, session))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },
    async rotate(id, from, { grace, idle }) {
      const session = sessions.get(id)
      const now = clock()
      if (session === undefined || session.generation !== from || !isLiving(state, session)) return null
      const [s1, s2, s3, s4] = session.superseded
      if (s4 !== null && now - s4 < grace) return null
      const rotated: Session = {
        ...session,
        generation: from + 1,
        superseded: [now, s1, s2, s3],
        lastUsedAt: now,
        expiresAt: Math.min(now + idle, session.endsAt),
      }
      sessions.set(id, rotated)
      return { session: rotated, now }
    },
    async catchUp(id, from, to, event) {
      const session = sessions.get(id)
      const now = clock()
      if (session === undefined || to <= from || session.generation !== from) return false
      if (session.endedAt !== null || now >= session.expiresAt) return false
      sessions.set(id, {
        ...session,
        generation: to,
        superseded: shifted(session.superseded, to - from, now),
      })
      writeEvent(state, { ...event, userId: session.userId, sessionId: id })
      return true
    },
    async end(id, { reason, hold }, event) {
      const session = sessions.get(id)
      if (session === undefined || session.endedAt !== null) return false
      endSessions(state, [session], reason)
      logSession(state, id, hold)
      writeEvent(state, { ...event, userId: session.userId, sessionId: id })
      return true
    },
    async endAll(userId, { reason, hold, keep }, event) {
      const others = sessionsOf(state, userId).filter(({ id }) => id !== keep)
      const ended = endSessions(state, others, reason)
      endSubject(state, userId)
      if (keep === null) {
        log(state, { kind: 'user', id: userId, value: raiseEpoch(state, userId), until: clock() + hold })
      } else {
        for (const { id } of ended) logSession(state, id, hold)
      }
      writeEvent(state, event)
      return countLiving(state, ended)
    },
    async deleteExpired(limit) {
      const past = [...sessions.values()].filter(({ endsAt }) => endsAt <= clock())
      const gone = past.sort((a, b) => a.endsAt - b.endsAt).slice(0, limit)
      for (const session of gone) dropSession(state, session)
      return gone.length + forgetAdopted(state, limit)
    },
  }
}

function endReplaced(state: State, { replaces, userId }: NewSession): readonly Session[] {
  const replaced = state.sessions.get(replaces ?? '')
  // A device may have been somebody else's before: their session is not this user's to end.
  return replaced?.userId === userId ? endSessions(state, [replaced], 'replaced') : []
}

function forgetAdopted({ adopted, clock }: State, limit: number): number {
  const past = [...adopted].filter(([, until]) => until <= clock()).slice(0, limit)
  for (const [key] of past) adopted.delete(key)
  return past.length
}

/** S-05: all but the `others` that were used last. */
function endBeyond(state: State, { id, userId }: NewSession, others: number): readonly Session[] {
  const beside = sessionsOf(state, userId).filter((session) => session.id !== id && isOpen(state, session))
  return endSessions(state, beside.sort(byLastUse).slice(others), 'limit')
}

const isOpen = (state: State, { endedAt, expiresAt }: Session): boolean =>
  endedAt === null && state.clock() < expiresAt

const byLastUse = (a: Session, b: Session): number =>
  b.lastUsedAt - a.lastUsedAt || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)

function writeEnding(state: State, id: string, { address, userAgent }: NewEvent): void {
  const session = state.sessions.get(id)
  if (session === undefined) return
  const data = { reason: session.endedReason }
  writeEvent(state, {
    type: 'session.ended',
    userId: session.userId,
    sessionId: id,
    address,
    userAgent,
    data,
  })
}

/** R7: the known times move `distance` places, and what nobody knows any more is `now`. */
function shifted([s1, s2, s3]: Superseded, distance: number, now: number): Superseded {
  const unknown = Array.from({ length: Math.min(distance, 4) }, () => now)
  const [a = null, b = null, c = null, d = null] = [...unknown, s1, s2, s3]
  return [a, b, c, d]
}
