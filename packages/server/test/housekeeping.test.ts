import type { Store } from 'latchkey'
import { afterEach, expect, it, vi } from 'vitest'
import { startHousekeeping } from '../src/housekeeping.ts'
import { createLog } from '../src/log.ts'

afterEach(() => vi.useRealTimers())

it('forgets every ten minutes what has run out, batch by batch, and goes on after a failure', async () => {
  vi.useFakeTimers()
  const left = { sessions: 2300, revocations: 1, attempts: 0 }
  const rounds: string[] = []
  const remove =
    (what: keyof typeof left) =>
    async (limit: number): Promise<number> => {
      rounds.push(what)
      if (what === 'attempts' && rounds.length < 6) throw new Error('the disk is full')
      const count = Math.min(limit, left[what])
      left[what] -= count
      return count
    }
  const store = {
    sessions: { deleteExpired: remove('sessions') },
    revocations: { purge: remove('revocations') },
    attempts: { purge: remove('attempts') },
  } as unknown as Store
  const stop = startHousekeeping(store, createLog('silent'))
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds).toEqual(['sessions', 'sessions', 'sessions', 'revocations', 'attempts'])
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds.slice(5)).toEqual(['sessions', 'revocations', 'attempts'])
  expect(left).toEqual({ sessions: 0, revocations: 0, attempts: 0 })
  stop()
  await vi.advanceTimersByTimeAsync(6_000_000)
  expect(rounds).toHaveLength(8)
})
