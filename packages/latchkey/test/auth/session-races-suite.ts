import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSessions, type Sessions } from '../../src/auth/sessions.ts'
import { AuthError } from '../../src/base/errors.ts'
import { decodeUnverified } from '../../src/jwt/index.ts'
import type { Store } from '../../src/store/store.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'
import { hs256 } from './known.ts'
import type { OpenStore } from './sessions-suite.ts'

const MINUTE = 60_000
const G = 30_000
const FULL = process.env['LATCHKEY_TEST_TIER'] === 'f'

/** What must hold when much happens at once, on one store. */
export function testSessionRaces(name: string, open: (clock: MovableClock) => Promise<OpenStore>): void {
  describe(`races of sessions on ${name}`, () => {
    let clock: MovableClock
    let opened: OpenStore
    let store: Store
    let nodes: Sessions[]

    beforeEach(async () => {
      clock = movableClock()
      opened = await open(clock)
      store = opened.store
      nodes = Array.from({ length: 2 }, () =>
        createSessions({ store, keys: hs256, clock, loadUser: ({ sub }) => ({ sub }) }),
      )
    })
    afterEach(async () => {
      await Promise.all(nodes.map((node) => node.close()))
      await opened.close()
    })

    const node = (i: number): Sessions => nodes[i % nodes.length] as Sessions
    const generationOf = (token: string): unknown => decodeUnverified(token).claims['gen']

    it('RT-02, I-58: answers five hundred refreshes at once with one token, or asks to come again, and signs nobody out', async () => {
      const { refreshToken } = await node(0).start('u')
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, i) =>
          node(i)
            .refresh(refreshToken)
            .catch((error: unknown) => error),
        ),
      )
      const tokens = new Set<string>()
      for (const answer of answers) {
        if (answer instanceof AuthError) expect(answer.code).toBe('unavailable')
        else tokens.add((answer as { refreshToken: string }).refreshToken)
      }
      expect(tokens.size).toBe(1)
      expect(generationOf([...tokens][0] as string)).toBe(1)
    })

    it('RT-15, I-61: finds a stale token after every process was started anew', async () => {
      const { refreshToken, sessionId } = await node(0).start('u')
      await node(1).refresh(refreshToken)
      clock.advance(MINUTE)
      await Promise.all(nodes.map((one) => one.close()))
      nodes = [createSessions({ store, keys: hs256, clock, loadUser: ({ sub }) => ({ sub }) })]
      expect(await codeOf(() => node(0).refresh(refreshToken))).toBe('refresh_token_reused')
      expect((await store.sessions.find(sessionId))?.session.endedReason).toBe('reuse')
    })

    it('RT-21: takes no more room for a session that was rotated many times', async () => {
      let { refreshToken, sessionId } = await node(0).start('u')
      for (let i = 0; i < (FULL ? 5000 : 300); i++) {
        clock.advance(10_000)
        refreshToken = (await node(i).refresh(refreshToken)).refreshToken
      }
      expect(await store.sessions.list('u')).toHaveLength(1)
      expect((await store.revocations.since(0, 10)).entries).toHaveLength(0)
      expect(await store.events.list({ limit: 10, sessionId })).toHaveLength(1)
    })

    it('RT-35: ends no honest session when the clock goes back ten minutes, and none without a replay when it comes forward', async () => {
      const pairs = await Promise.all(Array.from({ length: 10 }, (_, i) => node(i).start(`u${i}`)))
      const once = await Promise.all(pairs.map(({ refreshToken }, i) => node(i).refresh(refreshToken)))
      clock.advance(-10 * MINUTE)
      const replayed = await Promise.all(pairs.map(({ refreshToken }, i) => node(i).refresh(refreshToken)))
      expect(replayed.map((pair) => pair.refreshToken)).toEqual(once.map((pair) => pair.refreshToken))
      const twice = await Promise.all(once.map(({ refreshToken }, i) => node(i).refresh(refreshToken)))
      clock.advance(10 * MINUTE)
      for (const [i, { refreshToken }] of twice.entries()) {
        expect(await codeOf(() => node(i).refresh(refreshToken))).toBe('accepted')
      }
    })

    it('RT-36, F-10: ends everybody everywhere while they refresh: no deadlock, and no refresh after the end', async () => {
      const users = Array.from({ length: FULL ? 200 : 40 }, (_, i) => `u${i}`)
      const pairs = await Promise.all(users.map((user, i) => node(i).start(user)))
      const results = await Promise.all(
        users.map(async (user, i) => {
          const token = pairs[i]?.refreshToken as string
          const during = Array.from({ length: 3 }, (_, k) => codeOf(() => node(i + k).refresh(token)))
          await node(i).endAll(user)
          return { during: await Promise.all(during), after: await codeOf(() => node(i).refresh(token)) }
        }),
      )
      for (const { during, after } of results) {
        expect(after).toBe('invalid_grant')
        for (const code of during) expect(['accepted', 'invalid_grant']).toContain(code)
      }
    })

    it('RV-13: leaves no session of a user alive, however sign-ins race with the end of all', async () => {
      for (let trial = 0; trial < 20; trial++) {
        const user = `u${trial}`
        const starting = Array.from({ length: 5 }, (_, i) => node(i).start(user))
        await node(trial).endAll(user)
        const pairs = await Promise.all(starting)
        const living = new Set((await store.sessions.list(user)).map(({ id }) => id))
        for (const { sessionId, refreshToken, accessToken } of pairs) {
          // Who came after the end has the new epoch; who came before is refused from the first use on.
          const isGood = (await codeOf(() => node(trial).refresh(refreshToken))) === 'accepted'
          if (!living.has(sessionId)) expect(isGood).toBe(false)
          const expected = isGood ? 'accepted' : 'revoked_token'
          expect(await codeOf(() => node(trial).authenticate(accessToken))).toBe(expected)
        }
      }
    })

    it('RV-03: is felt on the other node after news of it', async () => {
      const { sessionId, accessToken } = await node(0).start('u')
      expect(await codeOf(() => node(1).authenticate(accessToken))).toBe('accepted')
      await node(0).end(sessionId)
      expect(await codeOf(() => node(0).authenticate(accessToken))).toBe('revoked_token')
      await expect
        .poll(() => codeOf(() => node(1).authenticate(accessToken)), { timeout: 5000 })
        .toBe('revoked_token')
    })

    it('keeps the grace to the millisecond', async () => {
      const { refreshToken } = await node(0).start('u')
      await node(0).refresh(refreshToken)
      clock.advance(G - 1)
      expect(await codeOf(() => node(1).refresh(refreshToken))).toBe('accepted')
      clock.advance(1)
      expect(await codeOf(() => node(1).refresh(refreshToken))).toBe('refresh_token_reused')
    })
  })
}
