import { waitAfter } from '../row-wait.ts'
import type { AttemptStore } from '../store.ts'
import type { Count, State } from './state.ts'

/** L-07: a million addresses must not fill the memory. Beyond this, the keys that were first seen longest ago go. */
const BOUND = 100_000

export function memoryAttempts(state: State): AttemptStore {
  const { attempts, clock } = state
  return {
    async take(key, limit, window) {
      const now = clock()
      const { blockedUntil, ...before } = attempts.get(key) ?? { count: 0, until: now, blockedUntil: 0 }
      if (blockedUntil > now) return { allowed: false, count: before.count, until: blockedUntil, now }
      const counted =
        before.until <= now
          ? { count: 1, until: now + window }
          : { count: before.count + 1, until: before.until }
      remember(attempts, key, { ...counted, blockedUntil })
      return { allowed: counted.count <= limit, ...counted, now }
    },
    async takeInRow(key, rules) {
      const now = clock()
      const before = attempts.get(key) ?? { count: 0, until: now, blockedUntil: 0 }
      if (before.blockedUntil > now)
        return { allowed: false, count: before.count, until: before.blockedUntil, now }
      const count = before.until <= now ? 1 : before.count + 1
      const blockedUntil = now + waitAfter(count, rules)
      remember(attempts, key, { count, until: now + rules.memory, blockedUntil })
      return { allowed: true, count, until: blockedUntil, now }
    },
    async block(key, duration) {
      const now = clock()
      // A key that is blocked before its first attempt gets a window that has run out, so that the first opens it.
      const before = attempts.get(key) ?? { count: 0, until: now, blockedUntil: 0 }
      remember(attempts, key, { ...before, blockedUntil: Math.max(before.blockedUntil, now + duration) })
    },
    async clear(key) {
      attempts.delete(key)
    },
    async purge(limit) {
      const now = clock()
      const past = [...attempts].filter(([, { until, blockedUntil }]) => until <= now && blockedUntil <= now)
      for (const [key] of past.slice(0, limit)) attempts.delete(key)
      return Math.min(past.length, limit)
    },
  }
}

function remember(attempts: Map<string, Count>, key: string, count: Count): void {
  attempts.set(key, count)
  if (attempts.size <= BOUND) return
  const [oldest] = attempts.keys()
  if (oldest !== undefined) attempts.delete(oldest)
}
