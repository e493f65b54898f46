import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdoptOptions } from '../../src/auth/adoption.ts'
import {
  createAuth,
  createJwtManager,
  createSessions,
  type Principal,
  type Sessions,
} from '../../src/index.ts'
import { decodeUnverified, generateKey, secretKey, signJwt } from '../../src/jwt/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { type MovableClock, movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'
import { password, secret } from './known.ts'

const oldSecret = 'the secret of the other system, 32 bytes and more'
const SECOND = 1000
const DAY = 86_400 * SECOND

const signedInAt = (token: string, auth_time: number): Principal => ({
  identity: '42',
  sessionId: null,
  claims: { ...claimsIn(token), auth_time } as never,
  user: null,
  header: { alg: 'HS256' },
  location: null,
})
const claimsIn = (token: string): Record<string, unknown> => decodeUnverified(token).claims as never

/** The order of P-256 (SEC 2, section 2.4.2): what is true of s is true of the order less s. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function withOtherS(token: string): string {
  const end = token.lastIndexOf('.') + 1
  const signature = Buffer.from(token.slice(end), 'base64url')
  const s = P256_ORDER - BigInt(`0x${signature.toString('hex', 32)}`)
  signature.write(s.toString(16).padStart(64, '0'), 32, 'hex')
  return token.slice(0, end) + signature.toString('base64url')
}

describe.each([
  ['memory', async (clock: MovableClock): Promise<Store> => memoryStore({ clock })],
  ['sqlite', (clock: MovableClock): Promise<Store> => sqliteStore(':memory:', { clock })],
])('adopting tokens of another system, on %s', (_, open) => {
  let clock: MovableClock
  let store: Store
  let blocked: Set<unknown>
  let auth: Sessions<string>
  let outcomes: string[]

  const oldSystem = () =>
    createJwtManager({
      secret: oldSecret,
      issuer: 'old',
      clock,
      lifetime: { refresh: '90d' },
      isRevoked: ({ jti }) => blocked.has(jti),
    })

  const door = (adopt: Partial<AdoptOptions> = {}, settings: object = { secret }): Sessions<string> =>
    createSessions({
      store,
      ...settings,
      clock,
      adopt: { from: oldSystem(), ...adopt },
      loadUser: ({ sub }) => (sub === 'nobody' ? null : sub),
      reportRefresh: (outcome) => outcomes.push(outcome),
    })

  beforeEach(async () => {
    clock = movableClock()
    store = await open(clock)
    blocked = new Set()
    outcomes = []
    auth = door()
  })
  afterEach(async () => {
    await auth.close()
    await store.close()
  })

  it('trades a refresh token for a session that goes on by itself', async () => {
    const old = await oldSystem().createRefreshToken('42')
    clock.advance(3 * DAY)
    const pair = await auth.refresh(old, { userAgent: 'Browser/1', address: '192.0.2.1' })
    const { identity, claims } = await auth.authenticate(pair.accessToken)
    expect([identity, claims.sid, claims.fresh]).toEqual(['42', pair.sessionId, false])
    expect(await auth.list('42')).toMatchObject([{ userAgent: 'Browser/1', address: '192.0.2.1' }])
    clock.advance(10 * DAY)
    const next = await auth.refresh(pair.refreshToken)
    expect(next.sessionId).toBe(pair.sessionId)
    expect(outcomes).toEqual(['adopted', 'rotated'])
    const events = await store.events.list({ sessionId: pair.sessionId, limit: 9 })
    expect(events).toMatchObject([{ type: 'session.adopted', userId: '42', address: '192.0.2.1' }])
  })

  it('T-27 takes the issue of a token for no sign-in, and believes one that it tells of', async () => {
    const { accessToken } = await auth.refresh(await oldSystem().createRefreshToken('42'))
    expect(claimsIn(accessToken)['auth_time']).toBe(0)
    const from = oldSystem()
    const told = { ...from, authenticate: (token: string) => signedInAt(token, clock() / SECOND - 3600) }
    const pair = await door({ from: told }).refresh(await from.createRefreshToken('42'))
    expect(claimsIn(pair.accessToken)['auth_time']).toBe(clock() / SECOND - 3600)
    expect(await codeOf(() => auth.authenticate(accessToken, { fresh: 300 }))).toBe('fresh_token_required')
    expect(await codeOf(() => auth.authenticate(accessToken, { fresh: true }))).toBe('fresh_token_required')
  })

  it('gives fifty tabs, and a retry after a lost answer, the same successor', async () => {
    const old = await oldSystem().createRefreshToken('42')
    const pairs = await Promise.all(Array.from({ length: 50 }, () => auth.refresh(old)))
    clock.advance(29 * SECOND)
    pairs.push(await auth.refresh(old))
    expect(new Set(pairs.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(await auth.list('42')).toHaveLength(1)
    expect(outcomes.filter((one) => one === 'adopted')).toHaveLength(1)
  })

  it('answers the old token within the grace also when its session has moved on', async () => {
    const old = await oldSystem().createRefreshToken('42')
    const first = await auth.refresh(old)
    const second = await auth.refresh(first.refreshToken)
    expect((await auth.refresh(old)).refreshToken).toBe(second.refreshToken)
  })

  it('ends the session when the old token comes back after the grace', async () => {
    const old = await oldSystem().createRefreshToken('42')
    const pair = await auth.refresh(old)
    clock.advance(31 * SECOND)
    expect(await codeOf(() => auth.refresh(old))).toBe('refresh_token_reused')
    for (const token of [pair.refreshToken, old])
      expect(await codeOf(() => auth.refresh(token))).toBe('refresh_token_reused')
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
  })

  it('takes an old token no second time when the session has long been forgotten', async () => {
    const old = await oldSystem().createRefreshToken('42')
    await auth.refresh(old)
    clock.advance(40 * DAY)
    expect(await store.sessions.deleteExpired(10)).toBe(1)
    expect(await codeOf(() => auth.refresh(old))).toBe('invalid_grant')
  })

  it.each(['access', 'expired', 'forged', 'revoked', 'of nobody'])(
    'refuses a token that is %s',
    async (kind) => {
      const from = oldSystem()
      const old =
        kind === 'access'
          ? await from.createAccessToken('42')
          : await from.createRefreshToken(kind === 'of nobody' ? 'nobody' : '42')
      if (kind === 'expired') clock.advance(91 * DAY)
      if (kind === 'revoked') blocked.add(claimsIn(old)['jti'])
      const shown = kind === 'forged' ? `${old.slice(0, -3)}${old.endsWith('AAA') ? 'BBB' : 'AAA'}` : old
      expect(await codeOf(() => auth.refresh(shown))).toBe('invalid_grant')
      expect(await store.events.list({ limit: 9 })).toEqual([])
    },
  )

  it('refuses to judge while the block list cannot be asked', async () => {
    const from = createJwtManager({
      secret: oldSecret,
      issuer: 'old',
      clock,
      isRevoked: () => {
        throw new Error('away')
      },
    })
    auth = door({ from })
    const old = await oldSystem().createRefreshToken('42')
    expect(await codeOf(() => auth.refresh(old))).toBe('unavailable')
  })

  it('asks whose token it is, where ids have changed', async () => {
    auth = door({ userIdOf: ({ identity }) => (identity === '42' ? 'user-42' : null) })
    const { accessToken } = await auth.refresh(await oldSystem().createRefreshToken('42'))
    expect((await auth.authenticate(accessToken)).identity).toBe('user-42')
    const unknown = await oldSystem().createRefreshToken('43')
    expect(await codeOf(() => auth.refresh(unknown))).toBe('invalid_grant')
  })

  it('takes tokens without a name or an issue, once each, and of numbered users', async () => {
    const key = secretKey(oldSecret)
    const bare = (sub: unknown) =>
      signJwt({ sub, iss: 'old', aud: 'old', type: 'refresh' }, key, { typ: 'JWT' })
    const from = {
      transport: oldSystem().transport,
      authenticate: (token: string) => ({
        identity: claimsIn(token)['sub'] as string,
        sessionId: null,
        claims: claimsIn(token) as never,
        user: null,
        header: { alg: 'HS256' } as const,
        location: null,
      }),
    }
    auth = door({ from })
    const old = bare(7)
    const { accessToken } = await auth.refresh(old)
    expect(claimsIn(accessToken)).toMatchObject({ sub: '7', auth_time: 0 })
    clock.advance(400 * DAY)
    await store.sessions.deleteExpired(10)
    expect(await codeOf(() => auth.refresh(old))).toBe('invalid_grant')
  })

  it('leaves what looks like a token of our own to our own rules, where both have one secret', async () => {
    const believer = (token: string) => ({ identity: '42', claims: claimsIn(token) }) as never
    auth = door({ from: { ...oldSystem(), authenticate: believer } })
    const other = createSessions({
      store: memoryStore({ clock }),
      keys: await generateKey('EdDSA'),
      clock,
      loadUser: ({ sub }) => sub,
    })
    const { refreshToken } = await other.start('42')
    expect(await codeOf(() => auth.refresh(refreshToken))).toBe('invalid_grant')
    expect(await codeOf(async () => auth.refresh(await oldSystem().createRefreshToken('42')))).toBe(
      'accepted',
    )
    await other.close()
  })

  it('finds the same session by an ECDSA signature that is written in another way', async () => {
    const from = createJwtManager({ keys: await generateKey('ES256'), issuer: 'old', clock })
    auth = door({ from })
    const old = await from.createRefreshToken('42')
    const pair = await auth.refresh(withOtherS(old))
    expect((await auth.refresh(old)).refreshToken).toBe(pair.refreshToken)
    clock.advance(31 * SECOND)
    expect(await codeOf(() => auth.refresh(old))).toBe('refresh_token_reused')
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
  })

  it('signs nobody else out for a token that is signed out before it was traded', async () => {
    auth = door({}, { secret, maxSessions: 1 })
    const { accessToken } = await auth.start('42')
    await auth.endByToken(await oldSystem().createRefreshToken('42'))
    expect(await codeOf(() => auth.authenticate(accessToken))).toBe('accepted')
  })

  it('makes room for the session as a sign-in does, and that is felt at once', async () => {
    auth = door({}, { secret, maxSessions: 1 })
    const { accessToken } = await auth.start('42')
    await auth.refresh(await oldSystem().createRefreshToken('42'))
    expect(await codeOf(() => auth.authenticate(accessToken))).toBe('revoked_token')
  })

  it('signs out by an old token: its session where it has one, and else it never gets one', async () => {
    const [traded, untouched] = [
      await oldSystem().createRefreshToken('42'),
      await oldSystem().createRefreshToken('42'),
    ]
    const pair = await auth.refresh(traded)
    for (const old of [traded, untouched]) {
      await auth.endByToken(old)
      await auth.endByToken(old)
      expect(await codeOf(() => auth.refresh(old))).toBe('invalid_grant')
    }
    expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
    expect(await auth.list('42')).toEqual([])
    expect(await codeOf(() => auth.endByToken('a.b.c'))).toBe('invalid_token')
  })

  it('refuses what was issued before everybody was signed out, or the user was', async () => {
    const old = await oldSystem().createRefreshToken('42')
    const other = await oldSystem().createRefreshToken('43')
    clock.advance(SECOND)
    await auth.endAll('42')
    expect(await codeOf(() => auth.refresh(old))).toBe('invalid_grant')
    await auth.endEveryone()
    clock.advance(DAY)
    expect(await codeOf(() => auth.refresh(other))).toBe('invalid_grant')
    expect(await codeOf(async () => auth.refresh(await oldSystem().createRefreshToken('42')))).toBe(
      'accepted',
    )
  })

  it('ends with a new password, for accounts of ours', async () => {
    const accounts = createAuth({
      store,
      secret,
      clock,
      passwords: { memory: 64, passes: 1 },
      limits: false,
      adopt: { from: oldSystem() },
    })
    const { id } = await accounts.register({ username: 'ada', password })
    const [first, second] = [
      await oldSystem().createRefreshToken(id),
      await oldSystem().createRefreshToken(id),
    ]
    const { accessToken } = await accounts.refresh(first)
    expect((await accounts.authenticate(accessToken)).user.username).toBe('ada')
    clock.advance(SECOND)
    await accounts.changePassword(id, { currentPassword: password, newPassword: `${password}!` })
    expect(await codeOf(() => accounts.refresh(second))).toBe('invalid_grant')
    await accounts.close()
  })

  it('does not start with what cannot verify, or a misspelt option', () => {
    expect(() => door({ from: {} as never })).toThrow(/adopt\.from/)
    expect(() => door({ form: 1 } as never)).toThrow(/form/)
    const from = createJwtManager({ secret: oldSecret, locations: ['headers', 'cookies'] })
    expect(() => door({ from })).toThrow(/'cookies' into locations/)
  })

  it('says that an id must be text', async () => {
    auth = door({ userIdOf: () => 42 as never })
    const old = await oldSystem().createRefreshToken('42')
    await expect(auth.refresh(old)).rejects.toThrow(/String\(user\.id\)/)
  })
})
