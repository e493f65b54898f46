import type { RevocationLog } from '../store.ts'
import {
  countLiving,
  endSessions,
  endSubject,
  log,
  logSession,
  type State,
  sessionsOf,
  writeEvent,
} from './state.ts'

export function memoryRevocations(state: State): RevocationLog {
  const { revocations, clock } = state
  return {
    async since(cursor, limit) {
      const now = clock()
      const entries = []
      for (let seq = cursor + 1; seq <= state.head && entries.length <= limit; seq += 1) {
        const entry = revocations.get(seq)
        if (entry !== undefined && entry.until > now) entries.push(entry)
      }
      const { logId, head } = state
      const anchor = revocations.get(cursor) ?? null
      return { logId, head, anchor, entries: entries.slice(0, limit), more: entries.length > limit, now }
    },
    async revokeToken(jti, until, event) {
      log(state, { kind: 'jti', id: jti, value: null, until })
      writeEvent(state, event)
    },
    async setNotBefore(scope, at, { reason, hold }, event) {
      const candidates = 'userId' in scope ? sessionsOf(state, scope.userId) : [...state.sessions.values()]
      const ended = endSessions(
        state,
        candidates.filter(({ authenticatedAt }) => authenticatedAt < at * 1000),
        reason,
      )
      // By the sign-in, which of an adopted session lies before its row; so its access tokens may be younger.
      for (const { id, createdAt } of ended) if (createdAt >= at * 1000) logSession(state, id, hold)
      if ('userId' in scope) endSubject(state, scope.userId, at * 1000 - 1)
      else state.notBefore = Math.max(state.notBefore, at * 1000)
      const what =
        'userId' in scope
          ? ({ kind: 'not_before_user', id: scope.userId } as const)
          : ({ kind: 'not_before', id: scope.issuer } as const)
      // A token from just before a moment that is still to come outlives that moment by its lifetime.
      log(state, { ...what, value: at, until: Math.max(at * 1000, clock()) + hold })
      writeEvent(state, event)
      return countLiving(state, ended)
    },
    async purge(limit) {
      const past = [...revocations.values()].filter(({ seq, until }) => until <= clock() && seq < state.head)
      const gone = past.sort((a, b) => a.until - b.until).slice(0, limit)
      for (const { seq } of gone) revocations.delete(seq)
      return gone.length
    },
  }
}
