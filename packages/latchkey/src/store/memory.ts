import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { memoryAttempts } from './memory/attempts.ts'
import { memoryEvents } from './memory/events.ts'
import { memoryKeys } from './memory/keys.ts'
import { memoryRevocations } from './memory/revocations.ts'
import { memorySessions } from './memory/sessions.ts'
import { newState } from './memory/state.ts'
import { memoryUsers } from './memory/users.ts'
import { localSignal } from './signal.ts'
import type { Store } from './store.ts'

/** Everything in this process, and gone with it: for tests and for trying things out. */
export function memoryStore(options: { readonly clock?: Clock } = {}): Store {
  const { clock = systemClock } = options
  const state = newState(clock)
  const secret = randomBytes(32)
  return {
    users: memoryUsers(state),
    sessions: memorySessions(state),
    revocations: memoryRevocations(state),
    signal: localSignal(),
    keys: memoryKeys(state),
    attempts: memoryAttempts(state),
    events: memoryEvents(state),
    sealingSecret: async () => secret,
    ping: async () => clock(),
    async close() {},
  }
}
