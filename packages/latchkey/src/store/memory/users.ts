import type { EndReason, NewEvent, User, UserStore } from '../store.ts'
import {
  changeSubject,
  dropSession,
  endSessions,
  endSubject,
  epochOf,
  insertSession,
  log,
  raiseEpoch,
  type State,
  sessionsOf,
  writeEvent,
} from './state.ts'

export function memoryUsers(state: State): UserStore {
  const { users, names, clock } = state
  return {
    async create({ disabled = false, ...user }, event) {
      if (users.has(user.id) || names.has(user.usernameKey) || state.subjects.get(user.id)?.closed)
        return null
      const now = clock()
      const created: User = {
        ...user,
        createdAt: now,
        passwordChangedAt: now,
        disabledAt: disabled ? now : null,
      }
      users.set(user.id, created)
      names.set(user.usernameKey, user.id)
      writeEvent(state, event)
      return created
    },
    async find(id) {
      return users.get(id) ?? null
    },
    async findByKey(usernameKey) {
      return users.get(names.get(usernameKey) ?? '') ?? null
    },
    async list({ after, limit }) {
      const following = [...users.values()].filter(
        ({ usernameKey }) => after === null || compare(usernameKey, after) > 0,
      )
      return following.sort((a, b) => compare(a.usernameKey, b.usernameKey)).slice(0, limit)
    },
    async upgradeHash(id, from, to) {
      const user = users.get(id)
      if (user === undefined || user.passwordHash !== from) return false
      users.set(id, { ...user, passwordHash: to })
      return true
    },
    async changePassword(id, { from, to, hold }, session, event) {
      const user = users.get(id)
      if (user === undefined || (from !== null && user.passwordHash !== from)) return null
      users.set(id, { ...user, passwordHash: to, passwordChangedAt: clock() })
      shutOut(state, id, 'password_changed', hold)
      const started = session === null ? null : insertSession(state, { ...session, userId: id })
      writeEvent(state, event)
      return { session: started, now: clock() }
    },
    async setDisabled(id, disabled, hold, event) {
      const user = users.get(id)
      if (user === undefined) return false
      users.set(id, { ...user, disabledAt: disabled ? (user.disabledAt ?? clock()) : null })
      if (disabled) shutOut(state, id, 'user_disabled', hold)
      writeEvent(state, event)
      return true
    },
    async setScope(id, scope, hold, event) {
      const user = users.get(id)
      if (user === undefined) return false
      users.set(id, { ...user, scope })
      moveEpoch(state, id, hold)
      writeEvent(state, event)
      return true
    },
    async delete(id, hold, event) {
      const user = users.get(id)
      if (user === undefined) return false
      users.delete(id)
      names.delete(user.usernameKey)
      forget(state, id)
      const epoch = raiseEpoch(state, id)
      changeSubject(state, id, { closed: true })
      log(state, { kind: 'user', id, value: epoch, until: clock() + hold })
      writeEvent(state, { ...event, address: null, userAgent: null })
      return true
    },
  }
}

/** By code points, as databases compare. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function shutOut(state: State, id: string, reason: EndReason, hold: number): void {
  endSessions(state, sessionsOf(state, id), reason)
  endSubject(state, id)
  log(state, { kind: 'user', id, value: raiseEpoch(state, id), until: state.clock() + hold })
}

/** Only what was alive before moves on: a session that an earlier epoch shut out stays shut out. */
function moveEpoch(state: State, id: string, hold: number): void {
  const current = epochOf(state, id)
  const epoch = raiseEpoch(state, id)
  for (const session of sessionsOf(state, id)) {
    if (session.endedAt === null && session.epoch === current)
      state.sessions.set(session.id, { ...session, epoch })
  }
  log(state, { kind: 'claims', id, value: epoch, until: state.clock() + hold })
}

function forget(state: State, id: string): void {
  const gone = sessionsOf(state, id)
  const sessions = new Set(gone.map((session) => session.id))
  const concerns = ({ userId, sessionId }: NewEvent): boolean =>
    userId === id || sessions.has(sessionId ?? '')
  for (const [index, event] of state.events.entries()) {
    if (concerns(event)) state.events[index] = { ...event, address: null, userAgent: null, data: {} }
  }
  for (const session of gone) dropSession(state, session)
}
