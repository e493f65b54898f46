import type { EventLog } from '../store.ts'
import { type State, writeEvent } from './state.ts'

export function memoryEvents(state: State): EventLog {
  return {
    async append(event) {
      writeEvent(state, event)
    },
    async list({ before = Number.POSITIVE_INFINITY, limit, type, userId, sessionId }) {
      const matching = state.events.filter(
        (event) =>
          event.id < before &&
          (type === undefined || event.type === type) &&
          (userId === undefined || event.userId === userId) &&
          (sessionId === undefined || event.sessionId === sessionId),
      )
      return matching.reverse().slice(0, limit)
    },
    async purge(age, limit) {
      const oldest = state.events.splice(0, limit)
      const kept = oldest.filter(({ at }) => at >= state.clock() - age)
      state.events.unshift(...kept)
      return oldest.length - kept.length
    },
  }
}
