import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSessions, type SessionOptions, type Sessions } from '../../src/auth/sessions.ts'
import { createVerifier } from '../../src/auth/verifier.ts'
import { AuthError } from '../../src/base/errors.ts'
import {
  decodeUnverified,
  exportPem,
  generateKey,
  importPrivateKey,
  type SigningKey,
  secretKey,
  signJwt,
} from '../../src/jwt/index.ts'
import type { Session, Store, StoredEvent } from '../../src/store/store.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const G = 30 * SECOND

const secret = 'a secret for these tests, 32 bytes and then some'
const hs256 = secretKey(secret)

export interface OpenStore {
  readonly store: Store
  close(): Promise<void>
}

/** Rotation and revocation rules on one store: everything that one process can show. */
export function testSessions(name: string, open: (clock: MovableClock) => Promise<OpenStore>): void {
  describe(`sessions on ${name} (S-08)`, () => {
    let opened: OpenStore
    let clock: MovableClock
    let store: Store
    let auth: Sessions<{ id: string }>
    let user: string
    let users = 0

    const door = (options: Partial<SessionOptions<{ id: string }>> = {}): Sessions<{ id: string }> =>
      createSessions({ store, secret, clock, loadUser: ({ sub }) => ({ id: sub }), ...options })

    beforeEach(async () => {
      clock = movableClock()
      opened = await open(clock)
      store = opened.store
      auth = door()
      users += 1
      user = `user-${users}`
    })
    afterEach(async () => {
      await auth.close()
      await opened.close()
    })

    const claimsIn = (token: string): Record<string, unknown> => decodeUnverified(token).claims as never
    const row = async (token: string): Promise<Session> => {
      const found = await store.sessions.find(claimsIn(token)['sid'] as string)
      if (!found) throw new Error('the session is not there')
      return found.session
    }
    const eventsOf = (sessionId: string, type: string): Promise<StoredEvent[]> =>
      store.events.list({ limit: 100, sessionId, type })
    const entriesOf = async (id: string) =>
      (await store.revocations.since(0, 1000)).entries.filter((entry) => entry.id === id)
    /** A refresh token of the session at another generation, as only we could have minted it. */
    const atGeneration = (token: string, gen: number): string => {
      const claims = claimsIn(token)
      return signJwt({ ...claims, gen, jti: `${claims['sid']}.${gen}` }, hs256, { typ: 'rt+jwt' })
    }

    it('starts a session whose tokens say who and how fresh', async () => {
      const pair = await auth.start(user, { userAgent: 'test', address: '192.0.2.1', label: 'laptop' })
      const principal = await auth.authenticate(pair.accessToken, { fresh: true })
      expect(principal).toMatchObject({ identity: user, sessionId: pair.sessionId, user: { id: user } })
      expect(principal.claims).toMatchObject({ sid: pair.sessionId, uep: 0, fresh: true })
      expect(pair.expiresIn).toBeGreaterThanOrEqual(570)
      expect(pair.expiresIn).toBeLessThanOrEqual(600)
      expect(pair.refreshExpiresIn).toBe((14 * DAY) / SECOND)
      const [session] = await auth.list(user)
      expect(session).toMatchObject({
        id: pair.sessionId,
        userAgent: 'test',
        address: '192.0.2.1',
        label: 'laptop',
      })
    })

    it('T-28: writes refresh tokens with exactly the claims of the table, and the times of the row', async () => {
      const { refreshToken } = await auth.start(user)
      const claims = claimsIn(refreshToken)
      expect(Object.keys(claims)).toEqual(['iss', 'aud', 'sub', 'sid', 'gen', 'iat', 'exp', 'jti', 'type'])
      expect(claims).toMatchObject({ gen: 0, iat: clock() / 1000, exp: (clock() + 14 * DAY) / 1000 })
    })

    it('RT-01, I-59, I-60: gives fifty refreshes of one token at once the same successor', async () => {
      for (let trial = 0; trial < 10; trial++) {
        const { refreshToken } = await auth.start(user)
        const pairs = await Promise.all(Array.from({ length: 50 }, () => auth.refresh(refreshToken)))
        expect(new Set(pairs.map((pair) => pair.refreshToken)).size).toBe(1)
        expect(claimsIn(pairs[0]?.refreshToken as string)['gen']).toBe(1)
        expect((await row(refreshToken)).generation).toBe(1)
      }
    })

    it('RT-03: answers a replay inside the grace with an equal token, and writes nothing', async () => {
      const { refreshToken } = await auth.start(user)
      const next = await auth.refresh(refreshToken)
      const before = await row(refreshToken)
      clock.advance(G - SECOND)
      expect((await auth.refresh(refreshToken)).refreshToken).toBe(next.refreshToken)
      expect(await row(refreshToken)).toEqual(before)
    })

    it('RT-04: takes a replay after the grace for theft: the session ends, one event says so, without a token', async () => {
      const { refreshToken, sessionId } = await auth.start(user)
      const { accessToken } = await auth.refresh(refreshToken)
      clock.advance(G + SECOND)
      const device = { address: '192.0.2.9', userAgent: 'thief' }
      expect(await codeOf(() => auth.refresh(refreshToken, device))).toBe('refresh_token_reused')
      expect(await row(refreshToken)).toMatchObject({ endedReason: 'reuse', endedAt: clock() })
      const events = await eventsOf(sessionId, 'session.reuse_detected')
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        ...device,
        userId: user,
        data: { behind: 1, age: G + SECOND, kind: 'grace_expired' },
      })
      expect(JSON.stringify(events)).not.toContain(refreshToken)
      expect(await codeOf(() => auth.authenticate(accessToken))).toBe('revoked_token')
    })

    it('RT-05: answers a token two generations old while its own superseding is inside the grace', async () => {
      const first = await auth.start(user)
      const second = await auth.refresh(first.refreshToken)
      clock.advance(10 * SECOND)
      const third = await auth.refresh(second.refreshToken)
      clock.advance(19 * SECOND)
      const before = await row(first.refreshToken)
      expect((await auth.refresh(first.refreshToken)).refreshToken).toBe(third.refreshToken)
      expect(await row(first.refreshToken)).toEqual(before)
    })

    it('RT-06, I-62: ends the session for a stale token, and nothing of it works from then on', async () => {
      const first = await auth.start(user)
      const second = await auth.refresh(first.refreshToken)
      clock.advance(MINUTE)
      const third = await auth.refresh(second.refreshToken)
      expect(await codeOf(() => auth.refresh(first.refreshToken))).toBe('refresh_token_reused')
      expect(await codeOf(() => auth.refresh(third.refreshToken))).toBe('refresh_token_reused')
      expect(await codeOf(() => auth.refresh(second.refreshToken))).toBe('refresh_token_reused')
      expect(await codeOf(() => auth.authenticate(third.accessToken))).toBe('revoked_token')
      expect((await eventsOf(first.sessionId, 'session.reuse_detected'))[0]?.data).toMatchObject({
        kind: 'stale',
      })
    })

    it('RT-07: writes one event and one entry for fifty replays at once', async () => {
      const { refreshToken, sessionId } = await auth.start(user)
      await auth.refresh(refreshToken)
      clock.advance(G)
      const codes = await Promise.all(
        Array.from({ length: 50 }, () => codeOf(() => auth.refresh(refreshToken))),
      )
      expect(new Set(codes)).toEqual(new Set(['refresh_token_reused']))
      expect(await eventsOf(sessionId, 'session.reuse_detected')).toHaveLength(1)
      expect(await entriesOf(sessionId)).toHaveLength(1)
    })

    it('RT-08: ends the session in either order of a stale and a current token', async () => {
      for (let trial = 0; trial < 20; trial++) {
        const first = await auth.start(user)
        const second = await auth.refresh(first.refreshToken)
        clock.advance(G)
        const tokens = [first.refreshToken, second.refreshToken]
        if (trial % 2) tokens.reverse()
        await Promise.all(tokens.map((token) => codeOf(() => auth.refresh(token))))
        expect((await row(first.refreshToken)).endedReason).toBe('reuse')
      }
    })

    it('RT-09: never ends a session for a token that we did not sign, however much of it is right', async () => {
      const { refreshToken, sessionId } = await auth.start(user)
      const stranger = secretKey('another secret, of another deployment, long enough')
      const claims = claimsIn(refreshToken)
      for (let i = 0; i < 300; i++) {
        const forged = signJwt({ ...claims, gen: i - 100 }, stranger, { typ: 'rt+jwt' })
        expect(await codeOf(() => auth.refresh(forged))).toBe('invalid_grant')
      }
      expect(await row(refreshToken)).toMatchObject({ id: sessionId, endedAt: null, generation: 0 })
    })

    it('RT-10, I-64: refuses every bit changed and every prefix, and the session lives on', async () => {
      const { refreshToken } = await auth.start(user)
      const bytes = Buffer.from(refreshToken, 'latin1')
      for (let i = 0; i < bytes.length; i++) {
        const changed = Buffer.from(bytes)
        changed[i] = (changed[i] as number) ^ (1 << (i % 7))
        expect(await codeOf(() => auth.refresh(changed.toString('latin1')))).toBe('invalid_grant')
        expect(await codeOf(() => auth.refresh(refreshToken.slice(0, i)))).toBe('invalid_grant')
      }
      expect(await codeOf(() => auth.refresh(refreshToken))).toBe('accepted')
    })

    it('RT-11, I-63: refuses tokens of another issuer, audience, key and deployment', async () => {
      const { refreshToken } = await auth.start(user)
      const claims = claimsIn(refreshToken)
      const typ = { typ: 'rt+jwt' }
      const strangers = [
        signJwt({ ...claims, iss: 'somebody' }, hs256, typ),
        signJwt({ ...claims, aud: 'somebody' }, hs256, typ),
        signJwt(claims, secretKey('another secret, of another deployment, long enough'), typ),
        signJwt({ ...claims, sub: 'somebody' }, hs256, typ),
      ]
      for (const token of strangers) expect(await codeOf(() => auth.refresh(token))).toBe('invalid_grant')
      expect((await row(refreshToken)).endedAt).toBeNull()
    })

    it.each([1, 3, 6])('RT-12: catches up with a client that is %i generations ahead', async (ahead) => {
      const { refreshToken, sessionId } = await auth.start(user)
      const lost = atGeneration(refreshToken, ahead)
      const pairs = await Promise.all(Array.from({ length: 20 }, () => auth.refresh(lost)))
      expect(new Set(pairs.map((pair) => pair.refreshToken)).size).toBe(1)
      const events = await eventsOf(sessionId, 'session.generation_ahead')
      expect(events.map(({ data }) => data)).toEqual([{ distance: ahead }])
    })

    it('RT-12: still takes what was stale before the loss for reuse, and refuses what is too far ahead', async () => {
      const { refreshToken, sessionId } = await auth.start(user)
      expect(await codeOf(() => auth.refresh(atGeneration(refreshToken, 1001)))).toBe('invalid_grant')
      expect(await eventsOf(sessionId, 'session.generation_implausible')).toHaveLength(1)
      expect((await row(refreshToken)).generation).toBe(0)
      await auth.refresh(atGeneration(refreshToken, 6))
      clock.advance(G)
      expect(await codeOf(() => auth.refresh(refreshToken))).toBe('refresh_token_reused')
    })

    it('RT-13: answers a burst of refreshes, with at most four rotations in any grace', async () => {
      let { refreshToken } = await auth.start(user)
      const rotated: number[] = []
      for (let i = 0; i < 200; i++) {
        const before = claimsIn(refreshToken)['gen']
        refreshToken = (await auth.refresh(refreshToken)).refreshToken
        if (claimsIn(refreshToken)['gen'] !== before) rotated.push(clock())
        clock.advance(SECOND)
      }
      for (const at of rotated) {
        expect(rotated.filter((other) => other >= at && other < at + G).length).toBeLessThanOrEqual(4)
      }
      expect(rotated.length).toBeGreaterThan(20)
    })

    it('RT-16: ends at thirty days however often it is refreshed, and at fourteen idle ones', async () => {
      const start = clock()
      let { refreshToken } = await auth.start(user)
      while (clock() - start < 29.5 * DAY) {
        clock.advance(DAY / 2)
        refreshToken = (await auth.refresh(refreshToken)).refreshToken
      }
      clock.advance(start + 30 * DAY - clock() - SECOND)
      refreshToken = (await auth.refresh(refreshToken)).refreshToken
      clock.advance(SECOND)
      expect(await codeOf(() => auth.refresh(refreshToken))).toBe('invalid_grant')

      const idle = await auth.start(user)
      clock.advance(14 * DAY - SECOND)
      const used = await auth.refresh(idle.refreshToken)
      clock.advance(14 * DAY)
      expect(await codeOf(() => auth.refresh(used.refreshToken))).toBe('invalid_grant')
    })

    it('RT-17: refuses the next refresh when the epoch was raised, without a rotation', async () => {
      const { refreshToken } = await auth.start(user)
      await auth.endAll(user)
      expect(await codeOf(() => auth.refresh(refreshToken))).toBe('invalid_grant')
      expect((await row(refreshToken)).generation).toBe(0)
    })

    it('RT-18, I-67: lets no refresh that starts after a log-out succeed', async () => {
      for (let trial = 0; trial < 10; trial++) {
        const { refreshToken, sessionId, accessToken } = await auth.start(user)
        const inFlight = Array.from({ length: 20 }, () => auth.refresh(refreshToken).catch(() => null))
        await auth.end(sessionId)
        expect(await codeOf(() => auth.refresh(refreshToken))).toBe('invalid_grant')
        expect(await codeOf(() => auth.authenticate(accessToken))).toBe('revoked_token')
        for (const pair of await Promise.all(inFlight)) {
          if (!pair) continue
          expect(await codeOf(() => auth.refresh(pair.refreshToken))).toBe('invalid_grant')
          expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
        }
      }
    })

    it('RT-19: leaves other sessions of the user alone, unless told to end them all', async () => {
      const reuse = async (door: Sessions) => {
        const [stolen, other] = [await door.start(user), await door.start(user)]
        await door.refresh(stolen.refreshToken)
        clock.advance(G)
        expect(await codeOf(() => door.refresh(stolen.refreshToken))).toBe('refresh_token_reused')
        return codeOf(() => door.refresh(other.refreshToken))
      }
      expect(await reuse(auth)).toBe('accepted')
      const strict = door({ onReuse: 'user' })
      expect(await reuse(strict)).toBe('refresh_token_reused')
      await strict.close()
    })

    it('R10: makes up for the end of all that a failing store kept it from, when the stale token comes again', async () => {
      let failures = 1
      const endAll: Store['sessions']['endAll'] = (...args) =>
        failures-- > 0 ? Promise.reject(new AuthError('unavailable', 'no')) : store.sessions.endAll(...args)
      const strict = door({
        onReuse: 'user',
        store: { ...store, sessions: { ...store.sessions, endAll } },
      })
      const [stolen, other] = [await strict.start(user), await strict.start(user)]
      await strict.refresh(stolen.refreshToken)
      clock.advance(G)
      expect(await codeOf(() => strict.refresh(stolen.refreshToken))).toBe('unavailable')
      expect(await codeOf(() => strict.authenticate(other.accessToken))).toBe('accepted')
      expect(await codeOf(() => strict.refresh(stolen.refreshToken))).toBe('refresh_token_reused')
      expect(await codeOf(() => strict.authenticate(other.accessToken))).toBe('revoked_token')
      // A sign-in after it is nobody's business any more.
      const later = await strict.start(user)
      expect(await codeOf(() => strict.refresh(stolen.refreshToken))).toBe('refresh_token_reused')
      expect(await codeOf(() => strict.refresh(later.refreshToken))).toBe('accepted')
      await strict.close()
    })

    it('RT-22: rotates to the letter without a grace', async () => {
      const letter = door({ grace: 0 })
      const { refreshToken } = await letter.start(user)
      const codes = await Promise.all(
        Array.from({ length: 5 }, () => codeOf(() => letter.refresh(refreshToken))),
      )
      expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
      expect((await row(refreshToken)).endedReason).toBe('reuse')
      await letter.close()
    })

    it('RT-24, S-07: ends a session by any token of it: superseded, expired, twice', async () => {
      const one = await auth.start(user)
      await auth.refresh(one.refreshToken)
      clock.advance(MINUTE)
      await auth.endByToken(one.refreshToken)
      expect((await row(one.refreshToken)).endedReason).toBe('logout')

      const two = await auth.start(user)
      clock.advance(20 * DAY)
      await auth.endByToken(two.refreshToken)
      expect((await row(two.refreshToken)).endedReason).toBe('logout')

      const three = await auth.start(user)
      clock.advance(MINUTE * 30)
      await auth.endByToken(three.accessToken)
      await auth.endByToken(three.accessToken)
      expect((await row(three.refreshToken)).endedReason).toBe('logout')
      expect(await codeOf(() => auth.endByToken(`${three.accessToken}x`))).toBe('invalid_token')
    })

    it('RT-27: takes only refresh tokens at refresh, and only access tokens at routes', async () => {
      const { accessToken, refreshToken } = await auth.start(user)
      expect(await codeOf(() => auth.refresh(accessToken))).toBe('invalid_grant')
      expect(await codeOf(() => auth.authenticate(refreshToken))).toBe('wrong_token_type')
      expect(await codeOf(() => auth.authenticate(refreshToken, { refresh: true }))).toBe('accepted')
      expect((await row(refreshToken)).generation).toBe(0)
      await auth.endByToken(accessToken)
      expect(await codeOf(() => auth.authenticate(refreshToken, { refresh: true }))).toBe('revoked_token')
    })

    it('RT-28: replays identical tokens with HS256, RS256 and EdDSA, equal ones with ES256 and PS256', async () => {
      for (const algorithm of ['RS256', 'EdDSA', 'ES256', 'PS256'] as const) {
        const keyed = createSessions({
          store,
          keys: await generateKey(algorithm),
          clock,
          loadUser: () => ({}),
        })
        const { refreshToken } = await keyed.start(user)
        const first = await keyed.refresh(refreshToken)
        const again = await keyed.refresh(refreshToken)
        expect(claimsIn(again.refreshToken)).toEqual(claimsIn(first.refreshToken))
        const isDeterministic = algorithm === 'RS256' || algorithm === 'EdDSA'
        expect(again.refreshToken === first.refreshToken).toBe(isDeterministic)
        await keyed.close()
      }
    })

    it('RT-29: replays an equal token after the signing key changed, and both verify', async () => {
      const [old, next] = [await generateKey('EdDSA'), await generateKey('EdDSA')]
      const again = (key: SigningKey) => importPrivateKey(exportPem(key))
      const before = createSessions({ store, keys: [again(old), next], clock, loadUser: () => ({}) })
      const after = createSessions({ store, keys: [again(next), old], clock, loadUser: () => ({}) })
      const { refreshToken } = await before.start(user)
      const first = await before.refresh(refreshToken)
      const replayed = await after.refresh(refreshToken)
      expect(claimsIn(replayed.refreshToken)).toEqual(claimsIn(first.refreshToken))
      expect(decodeUnverified(replayed.refreshToken).header['kid']).toBe(next.kid)
      expect(await codeOf(() => after.refresh(first.refreshToken))).toBe('accepted')
      await Promise.all([before.close(), after.close()])
    })

    it('RT-30: takes a superseded token that is also past its exp for reuse', async () => {
      const first = await auth.start(user)
      clock.advance(13 * DAY)
      await auth.refresh(first.refreshToken)
      clock.advance(2 * DAY)
      expect(await codeOf(() => auth.refresh(first.refreshToken))).toBe('refresh_token_reused')
      expect(await eventsOf(first.sessionId, 'session.reuse_detected')).toHaveLength(1)
    })

    it('RT-31, F-44: changes nothing when a hook refuses, throws or hangs', async () => {
      const { refreshToken } = await auth.start(user)
      const doors: [string, Partial<SessionOptions<{ id: string }>>][] = [
        ['invalid_grant', { loadUser: () => null }],
        // What `Map.get` and most `find`s answer.
        ['invalid_grant', { loadUser: () => undefined as never }],
        ['unavailable', { loadUser: () => Promise.reject(new Error('no')) }],
        ['unavailable', { loadUser: () => new Promise(() => {}), hookDeadline: 20 }],
        [
          'unavailable',
          {
            claims: () => {
              throw new Error('no')
            },
          },
        ],
      ]
      for (const [code, options] of doors) {
        const faulty = door(options)
        expect(await codeOf(() => faulty.refresh(refreshToken))).toBe(code)
        expect((await row(refreshToken)).generation).toBe(0)
        await faulty.close()
      }
    })

    it('S-09, I-71: signs nobody in and refreshes nothing for a user whom the application no longer finds', async () => {
      const known = new Map([[user, { id: user }]])
      const app = door({ loadUser: ({ sub }) => known.get(sub) as { id: string } })
      const { refreshToken } = await app.start(user)
      known.delete(user)
      expect(await codeOf(() => app.refresh(refreshToken))).toBe('invalid_grant')
      expect(await codeOf(() => app.start(user))).toBe('user_not_found')
      expect(await app.list(user)).toHaveLength(1)
      await app.close()
    })

    it('RT-32, R12: ends the session that a new sign-in of the device replaces, and only if it is the same user’s', async () => {
      const old = await auth.start(user)
      const foreign = await auth.start(`${user}-other`)
      await auth.start(user, { replaces: old.sessionId })
      await auth.start(user, { replaces: foreign.sessionId })
      expect((await row(old.refreshToken)).endedReason).toBe('replaced')
      expect((await row(foreign.refreshToken)).endedAt).toBeNull()
      expect(await codeOf(() => auth.refresh(old.refreshToken))).toBe('invalid_grant')
      expect(await codeOf(() => auth.authenticate(old.accessToken))).toBe('revoked_token')
    })

    it('RT-33: refuses refresh tokens without a session, without a look at the store', async () => {
      let looks = 0
      const sessions: Store['sessions'] = new Proxy(store.sessions, {
        get(port, verb, receiver) {
          looks += 1
          return Reflect.get(port, verb, receiver)
        },
      })
      const counted = door({ store: { ...store, sessions } })
      const { sid: _, ...claims } = claimsIn((await auth.start(user)).refreshToken)
      looks = 0
      const { gen: __, ...without } = claims
      for (const bad of [
        claims,
        { ...without, sid: 'S' },
        { ...claims, sid: 'S', gen: -1 },
        { ...claims, sid: 'S', gen: 1.5 },
      ]) {
        const token = signJwt(bad, hs256, { typ: 'rt+jwt' })
        expect(await codeOf(() => counted.refresh(token))).toBe('invalid_grant')
      }
      expect(looks).toBe(0)
      await counted.close()
    })

    it('a refreshed access token is no longer fresh, and keeps the time of the proof', async () => {
      const first = await auth.start(user)
      clock.advance(MINUTE)
      const { accessToken } = await auth.refresh(first.refreshToken)
      expect(claimsIn(accessToken)).toMatchObject({
        fresh: false,
        auth_time: claimsIn(first.accessToken)['auth_time'],
      })
      expect(await codeOf(() => auth.authenticate(accessToken, { fresh: true }))).toBe('fresh_token_required')
      expect(await codeOf(() => auth.authenticate(accessToken, { fresh: 120 }))).toBe('accepted')
      expect(await codeOf(() => auth.authenticate(accessToken, { fresh: 30 }))).toBe('fresh_token_required')
    })

    it('RV-02, RV-17: accepts the new sign-in and no old token after a log-out everywhere in the same second', async () => {
      for (let trial = 0; trial < 50; trial++) {
        const old = await auth.start(user)
        await auth.endAll(user)
        const next = await auth.start(user)
        expect(await codeOf(() => auth.authenticate(old.accessToken))).toBe('revoked_token')
        expect(await codeOf(() => auth.authenticate(next.accessToken))).toBe('accepted')
      }
    })

    it('ends the others and keeps one', async () => {
      const [kept, other] = [await auth.start(user), await auth.start(user)]
      expect(await auth.endAll(user, { keep: kept.sessionId })).toBe(1)
      expect(await codeOf(() => auth.authenticate(kept.accessToken))).toBe('accepted')
      expect(await codeOf(() => auth.authenticate(other.accessToken))).toBe('revoked_token')
      expect((await auth.list(user)).map(({ id }) => id)).toEqual([kept.sessionId])
    })

    it('RV-07: forgets revocations when the last token that they concern has expired', async () => {
      const { sessionId } = await auth.start(user)
      await auth.end(sessionId)
      expect(await entriesOf(sessionId)).toHaveLength(1)
      clock.advance(11 * MINUTE)
      expect(await entriesOf(sessionId)).toHaveLength(0)
      // The newest of all is kept, so that readers know the log by it.
      await auth.end((await auth.start(user)).sessionId)
      expect(await store.revocations.purge(100)).toBe(1)
    })

    it('V4: remembers a revocation as long as the most forgiving verifier takes the token', async () => {
      const { sessionId, accessToken } = await auth.start(user)
      const exp = claimsIn(accessToken)['exp'] as number
      await auth.end(sessionId)
      clock.advance((exp + 59) * SECOND - clock())
      const elsewhere = createVerifier({
        issuer: 'latchkey',
        audience: 'latchkey',
        keys: hs256,
        tolerance: 60,
        clock,
      })
      expect(await codeOf(() => elsewhere.authenticate(accessToken))).toBe('accepted')
      expect(await entriesOf(sessionId)).toHaveLength(1)
    })

    it('RV-08, I-65: answers unavailable, never yes, when an end could not be written', async () => {
      const failing: Store['sessions'] = {
        ...store.sessions,
        end: () => Promise.reject(new Error('disk full')),
      }
      const broken = door({ store: { ...store, sessions: failing } })
      const { sessionId, accessToken } = await broken.start(user)
      await expect(broken.end(sessionId)).rejects.toThrow()
      await expect(broken.endByToken(accessToken)).rejects.toThrow()
      expect((await broken.list(user)).map(({ id }) => id)).toContain(sessionId)
      await broken.close()
    })

    it('RV-14: refuses a token from the future, so that none steps over a not-before', async () => {
      const { accessToken } = await auth.start(user)
      const token = signJwt({ ...claimsIn(accessToken), iat: clock() / 1000 + 600 }, hs256, { typ: 'at+jwt' })
      expect(await codeOf(() => auth.authenticate(token))).toBe('invalid_token')
    })

    it('V3: refuses everything that was issued before a not-before, sessions included', async () => {
      const before = await auth.start(user)
      clock.advance(2 * SECOND)
      const ending = { reason: 'revoked', hold: 605 * SECOND } as const
      const event = {
        type: 'not_before',
        userId: null,
        sessionId: null,
        address: null,
        userAgent: null,
        data: {},
      }
      await store.revocations.setNotBefore({ issuer: 'latchkey' }, clock() / 1000, ending, event)
      const judge = door()
      const after = await judge.start(user)
      expect(await codeOf(() => judge.authenticate(before.accessToken))).toBe('revoked_token')
      expect(await codeOf(() => judge.refresh(before.refreshToken))).toBe('invalid_grant')
      expect(await codeOf(() => judge.authenticate(after.accessToken))).toBe('accepted')
      await judge.close()
    })

    it('S-06, V3: an administrator ends the sessions of one user, or of everybody', async () => {
      const [one, other] = [await auth.start(user), await auth.start(`${user}-other`)]
      expect(await auth.endAll(user)).toBe(1)
      expect(await codeOf(() => auth.refresh(one.refreshToken))).toBe('invalid_grant')
      expect(await codeOf(() => auth.authenticate(other.accessToken))).toBe('accepted')
      expect(await auth.endEveryone({ address: '192.0.2.9' })).toBeGreaterThanOrEqual(1)
      expect(await codeOf(() => auth.authenticate(other.accessToken))).toBe('revoked_token')
      expect(await codeOf(() => auth.refresh(other.refreshToken))).toBe('invalid_grant')
      clock.advance(SECOND)
      const later = await auth.start(user)
      expect(await codeOf(() => auth.authenticate(later.accessToken))).toBe('accepted')
      const [event] = await store.events.list({ limit: 1, type: 'sessions.ended' })
      expect(event).toMatchObject({ userId: null, address: '192.0.2.9', data: { everyone: true } })
    })

    it('K-07: keys that the application holds are not the store’s to change', async () => {
      await expect(auth.rotateKey()).rejects.toThrow(TypeError)
      await expect(auth.revokeKey('any')).rejects.toThrow(TypeError)
    })

    it('K-07, RV-10: an administrator changes the signing key, and takes a stolen one out', async () => {
      const kidOf = (token: string): unknown => decodeUnverified(token).header.kid
      const sealing = async (): Promise<Uint8Array> =>
        Buffer.from('a sealing secret for these tests, of 32 bytes')
      const stored = door({ secret: undefined as never, store: { ...store, sealingSecret: sealing } })
      const before = await stored.start(user)
      const signing = await stored.rotateKey()
      const after = await stored.start(user)
      expect([kidOf(after.accessToken), kidOf(before.accessToken) === signing]).toEqual([signing, false])
      expect(await codeOf(() => stored.authenticate(before.accessToken))).toBe('accepted')
      expect(await stored.revokeKey(kidOf(before.accessToken) as string)).toBe(true)
      expect(await codeOf(() => stored.authenticate(before.accessToken))).toBe('invalid_token')
      expect(await codeOf(() => stored.refresh(before.refreshToken))).toBe('invalid_grant')
      expect(await codeOf(() => stored.refresh(after.refreshToken))).toBe('accepted')
      expect(await stored.revokeKey('nobody’s')).toBe(false)
      await stored.close()
    })

    it('asks the store itself where a route wants no bound', async () => {
      const { accessToken, sessionId } = await auth.start(user)
      const event = { type: 'test', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
      expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('accepted')
      await store.sessions.end(sessionId, { reason: 'revoked', hold: 0 }, event)
      expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('revoked_token')
    })

    it('V9: knows there of a single token as well that was revoked behind its back, and says when it cannot look', async () => {
      const { accessToken } = await auth.start(user)
      const { jti } = claimsIn(accessToken)
      const event = { type: 'test', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
      expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('accepted')
      await store.revocations.revokeToken(jti as string, clock() + 10 * MINUTE, event)
      expect(await codeOf(() => auth.authenticate(accessToken, { direct: true }))).toBe('revoked_token')
      let down = false
      const since: Store['revocations']['since'] = (...args) =>
        down ? Promise.reject(new Error('away')) : store.revocations.since(...args)
      const blind = door({ store: { ...store, revocations: { ...store.revocations, since } } })
      const pair = await blind.start(user)
      down = true
      expect(await codeOf(() => blind.authenticate(pair.accessToken))).toBe('accepted')
      expect(await codeOf(() => blind.authenticate(pair.accessToken, { direct: true }))).toBe('unavailable')
      await blind.close()
    })
  })
}
