import { createAuth, createSessions, type RefreshOutcome } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'
import { describe, expect, it } from 'vitest'
import { movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'
import { secret } from './known.ts'

type Report = readonly [outcome: RefreshOutcome, behind: number]

/** A door on a memory store whose clock moves, and what it reported. */
function door(reportRefresh?: (outcome: RefreshOutcome, behind: number) => void) {
  const clock = movableClock()
  const store = memoryStore({ clock })
  const reports: Report[] = []
  const auth = createSessions({
    store,
    secret,
    clock,
    loadUser: ({ sub }) => (sub === 'gone' ? null : {}),
    reportRefresh: reportRefresh ?? ((...report) => void reports.push(report)),
  })
  return { auth, store, clock, reports }
}

describe('what came of each refresh is reported', () => {
  it('R3, R4: a rotation, and answers within the grace with how far behind the token was', async () => {
    const { auth, reports } = door()
    const first = await auth.start('42')
    const second = await auth.refresh(first.refreshToken)
    await auth.refresh(second.refreshToken)
    await auth.refresh(first.refreshToken)
    await auth.refresh(second.refreshToken)
    expect(reports).toEqual([
      ['rotated', 0],
      ['rotated', 0],
      ['replayed', 2],
      ['replayed', 1],
    ])
    await auth.close()
  })

  it('R6: an answer without rotation after four within the grace', async () => {
    const { auth, reports } = door()
    let { refreshToken } = await auth.start('42')
    for (let round = 0; round < 5; round += 1) ({ refreshToken } = await auth.refresh(refreshToken))
    expect(reports.map(([outcome]) => outcome)).toEqual([...Array(4).fill('rotated'), 'coalesced'])
    await auth.close()
  })

  it('R5: a reuse, each time that it is tried', async () => {
    const { auth, clock, reports } = door()
    const { refreshToken } = await auth.start('42')
    await auth.refresh(refreshToken)
    clock.advance(31_000)
    for (const _ of [1, 2])
      expect(await codeOf(() => auth.refresh(refreshToken))).toBe('refresh_token_reused')
    expect(reports.slice(1)).toEqual([
      ['reused', 0],
      ['reused', 0],
    ])
    await auth.close()
  })

  it('a refusal, and a failure of the store', async () => {
    const { auth, store, reports } = door()
    const { refreshToken, sessionId } = await auth.start('42')
    await codeOf(() => auth.refresh('garbage'))
    await auth.end(sessionId)
    await codeOf(() => auth.refresh(refreshToken))
    const other = await auth.start('43')
    const broken = { ...store.sessions, rotate: () => Promise.reject(new Error('the disk is full')) }
    const failing = createSessions({
      store: { ...store, sessions: broken },
      secret,
      loadUser: () => ({}),
      reportRefresh: (...report) => void reports.push(report),
    })
    await expect(failing.refresh(other.refreshToken)).rejects.toThrow('the disk is full')
    expect(reports.map(([outcome]) => outcome)).toEqual(['refused', 'refused', 'failed'])
    await Promise.all([auth.close(), failing.close()])
  })

  it('R9: and a listener that fails changes nothing', async () => {
    const { auth } = door(() => {
      throw new Error('no room for another series')
    })
    const { refreshToken } = await auth.start('42')
    expect((await auth.refresh(refreshToken)).refreshToken).not.toBe(refreshToken)
    await expect(auth.refresh('garbage')).rejects.toMatchObject({ code: 'invalid_grant' })
    await auth.close()
  })
})

describe('how a door stands', () => {
  it('V5, V8: says how old its news are, when they are too old, and what it holds of them', async () => {
    const { auth } = door()
    const { sessionId } = await auth.start('42')
    await auth.ready()
    expect(auth.status()).toEqual({
      revocations: {
        age: expect.any(Number),
        maxStaleness: 30_000,
        onStale: 'refuse',
        held: 0,
        heard: 0,
      },
    })
    await auth.end(sessionId)
    expect(auth.status().revocations).toMatchObject({ held: 1, heard: 1 })
    await auth.close()
  })

  it('V8: knows no age before the first answer, and keeps the policy that it was given', async () => {
    const auth = createSessions({
      store: memoryStore(),
      secret,
      loadUser: () => ({}),
      revocation: { maxStaleness: '1m', onStale: 'allow' },
    })
    expect(auth.status().revocations).toMatchObject({ age: null, maxStaleness: 60_000, onStale: 'allow' })
    await auth.close()
  })

  it('L-08: says how many passwords are hashed at this moment, and how many wait', async () => {
    const passwords = { memory: 64, passes: 1, concurrency: 1 }
    const auth = createAuth({ store: memoryStore(), secret, limits: false, passwords })
    const signingIn = Array.from({ length: 4 }, () => auth.login({ username: 'ada', password: 'wrong' }))
    await expect.poll(() => auth.status().passwords.running, { interval: 1 }).toBe(1)
    await Promise.allSettled(signingIn)
    expect(auth.status().passwords).toEqual({ running: 0, waiting: 0 })
    await auth.close()
  })
})
