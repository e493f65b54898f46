import { afterEach, expect, it, vi } from 'vitest'
import { createSessions } from '../../src/auth/sessions.ts'
import { anEvent } from '../../src/store/conformance/case.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { movableClock } from '../movable-clock.ts'
import { secret } from './known.ts'

afterEach(() => vi.useRealTimers())

const TEN_MINUTES = 600_000

it('V4: a door forgets every ten minutes what has run out, batch by batch, and goes on after a failure', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
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
  const plain = memoryStore()
  const store: Store = {
    ...plain,
    sessions: { ...plain.sessions, deleteExpired: remove('sessions') },
    revocations: { ...plain.revocations, purge: remove('revocations') },
    attempts: { ...plain.attempts, purge: remove('attempts') },
  }
  const door = createSessions({ store, secret, loadUser: () => ({}) })
  await vi.advanceTimersByTimeAsync(TEN_MINUTES)
  expect(rounds).toEqual(['sessions', 'sessions', 'sessions', 'revocations', 'attempts'])
  await vi.advanceTimersByTimeAsync(TEN_MINUTES)
  expect(rounds.slice(5)).toEqual(['sessions', 'revocations', 'attempts'])
  expect(left).toEqual({ sessions: 0, revocations: 0, attempts: 0 })
  await door.close()
  await vi.advanceTimersByTimeAsync(10 * TEN_MINUTES)
  expect(rounds).toHaveLength(8)
})

it('forgets events after the time that they are kept, batch by batch, and none without such a time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const clock = movableClock()
  const store = memoryStore({ clock })
  const options = { store, clock, secret, loadUser: () => ({}) }
  for (let count = 0; count < 1500; count += 1) await store.events.append(anEvent())
  clock.advance(31 * 24 * 3_600_000)
  await store.events.append(anEvent({ type: 'young' }))
  const keeping = createSessions(options)
  await vi.advanceTimersByTimeAsync(TEN_MINUTES)
  expect(await store.events.list({ limit: 2000 })).toHaveLength(1501)
  await keeping.close()
  const forgetting = createSessions({ ...options, auditRetention: '30d' })
  await vi.advanceTimersByTimeAsync(TEN_MINUTES)
  expect((await store.events.list({ limit: 2000 })).map(({ type }) => type)).toEqual(['young'])
  await forgetting.close()
  for (const auditRetention of ['30s', 0, 'never' as '1d'] as const)
    expect(() => createSessions({ ...options, auditRetention })).toThrow('auditRetention')
})

it('RV-07: nothing is left of sessions and revocations whose time is over', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const clock = movableClock()
  const store = memoryStore({ clock })
  const door = createSessions({ store, clock, secret, loadUser: () => ({}) })
  const { sessionId } = await door.start('42')
  await door.end(sessionId)
  clock.advance(31 * 24 * 3_600_000)
  await vi.advanceTimersByTimeAsync(TEN_MINUTES)
  expect(await store.sessions.find(sessionId)).toBeNull()
  expect(await store.revocations.purge(1)).toBe(0)
  await door.close()
})
