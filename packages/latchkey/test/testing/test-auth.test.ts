import {
  type AuthError,
  type Authenticator,
  createAuth,
  createJwtManager,
  createSessions,
  createVerifier,
} from 'latchkey'
import { fromFlaskConfig } from 'latchkey/flask'
import { type GuardOptions, guard, viewOf } from 'latchkey/http'
import { generateKey } from 'latchkey/jwt'
import { memoryStore } from 'latchkey/store/memory'
import { sqliteStore } from 'latchkey/store/sqlite'
import {
  type Identity,
  type Issuing,
  movableClock,
  type Refusal,
  type RequestHeaders,
  type TestAuth,
  testAuth,
  type Who,
} from 'latchkey/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { secret } from '../auth/known.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

/** What a guarded route makes of a request with these headers: `welcome`, or the code of its refusal. */
async function asked(auth: Authenticator, headers: RequestHeaders, options?: GuardOptions): Promise<string> {
  const request = new Request('https://app.example/', { method: 'POST', headers })
  try {
    await guard(auth, viewOf(request), options)
    return 'welcome'
  } catch (error) {
    return (error as AuthError).code
  }
}

interface World {
  readonly auth: Authenticator
  readonly good: Identity
  readonly refusals: readonly Refusal[]
}

async function worldOf<A extends Issuing>(t: TestAuth<A>, who: Who<A>): Promise<World> {
  return { auth: t.auth, good: await t.as(who), refusals: await t.refusals(who) }
}

const ada = { username: 'ada', scope: 'admin' }
const seven = { identity: '7' }
const loadUser = ({ sub }: { readonly sub: string }): object => ({ name: sub })
const inCookies = { locations: 'cookies' } as const
const flask = (JWT_TOKEN_LOCATION: 'headers' | 'cookies') =>
  fromFlaskConfig({ JWT_SECRET_KEY: secret, JWT_TOKEN_LOCATION }, { warn() {} })

const worlds: Readonly<Record<string, () => Promise<World>>> = {
  'accounts, tokens in headers': () =>
    worldOf(
      testAuth((settings) => createAuth(settings)),
      ada,
    ),
  'accounts, tokens in cookies': () =>
    worldOf(
      testAuth((settings) => createAuth({ ...settings, ...inCookies })),
      ada,
    ),
  'accounts, cookies with double submit': () =>
    worldOf(
      testAuth((settings) => createAuth({ ...settings, ...inCookies, csrf: 'double-submit' })),
      ada,
    ),
  'accounts, a header of their own without a scheme': () =>
    worldOf(
      testAuth((settings) => createAuth({ ...settings, header: { name: 'X-Token', scheme: '' } })),
      ada,
    ),
  'accounts, the second of two places': () =>
    worldOf(
      testAuth((settings) => createAuth({ ...settings, locations: ['headers', 'cookies'] })),
      { ...ada, location: 'cookies' },
    ),
  'accounts that were built before': () => worldOf(testAuth(createAuth({ store: memoryStore() })), ada),
  sessions: () =>
    worldOf(
      testAuth(({ store, clock }) => createSessions({ store, clock, loadUser })),
      seven,
    ),
  'tokens by a secret': () =>
    worldOf(
      testAuth(({ clock }) => createJwtManager({ secret, clock })),
      seven,
    ),
  'tokens by a key pair': async () => {
    const keys = await generateKey('ES256')
    return worldOf(testAuth(createJwtManager({ keys, loadUser })), seven)
  },
  'Flask-JWT-Extended, in headers': () => worldOf(testAuth(createJwtManager(flask('headers'))), seven),
  'Flask-JWT-Extended, in cookies': () =>
    worldOf(
      testAuth(({ clock }) => createJwtManager({ ...flask('cookies'), clock })),
      seven,
    ),
}

describe.each(Object.entries(worlds))('%s', (name, build) => {
  it('lets the signed-in through, with either token where it belongs', async () => {
    const { auth, good } = await build()
    expect(await asked(auth, good.headers, { fresh: '5m' })).toBe('welcome')
    expect(await asked(auth, good.refreshHeaders, { refresh: true })).toBe('welcome')
    expect(await asked(auth, good.headers, { refresh: true })).not.toBe('welcome')
  })

  it('says truly how each bad request is refused', async () => {
    const { auth, refusals } = await build()
    const codes = await Promise.all(refusals.map(({ headers }) => asked(auth, headers)))
    expect(codes).toEqual(refusals.map(({ code }) => code))
    const hasSessions = /account|session/.test(name)
    const hasExpired = name !== 'accounts that were built before'
    expect(refusals).toHaveLength(5 + Number(hasSessions) + Number(hasExpired))
    expect(new Set(refusals.map(({ headers }) => JSON.stringify(headers))).size).toBe(refusals.length)
  })
})

describe('who is signed in', () => {
  const t = testAuth((settings) => createAuth({ ...settings, maxSessions: 100 }))

  it('has an account, which is made once', async () => {
    const [phone, desk] = [await t.as({ username: 'bob' }), await t.as({ username: 'bob' })]
    expect(desk.identity).toBe(phone.identity)
    const open = await t.auth.list(phone.identity)
    expect(open.map(({ id }) => id).sort()).toEqual([phone.sessionId, desk.sessionId].sort())
    expect(await asked(t.auth, phone.headers)).toBe('welcome')
  })

  it('may have registered through the application, with a password of its own', async () => {
    const password = 'correct horse battery staple'
    const { id } = await t.auth.register({ username: 'eve', password })
    expect(await t.as({ username: 'eve', password })).toMatchObject({ identity: id })
    expect(await t.as({ identity: id })).toMatchObject({ identity: id })
    await expect(t.as({ username: 'eve' })).rejects.toMatchObject({ code: 'invalid_credentials' })
  })

  it('keeps the scope that it has, and gets another one where that is asked', async () => {
    const first = await t.as({ username: 'cy', scope: 'read' })
    const same = await t.as({ username: 'cy', scope: 'read' })
    expect(await asked(t.auth, first.headers, { scope: 'read' })).toBe('welcome')
    const more = await t.as({ username: 'cy', scope: 'read write' })
    expect(await asked(t.auth, more.headers, { scope: 'write' })).toBe('welcome')
    expect(await asked(t.auth, same.headers)).toBe('stale_claims')
  })

  it('is not fresh where it refreshed since (T-27)', async () => {
    const refreshed = await t.as({ username: 'dan', fresh: false })
    expect(await asked(t.auth, refreshed.headers)).toBe('welcome')
    expect(await asked(t.auth, refreshed.headers, { fresh: true })).toBe('fresh_token_required')
    const jwt = testAuth(createJwtManager({ secret }))
    const issued = await jwt.as({ identity: '7', fresh: false, claims: { plan: 'pro' } })
    expect(await asked(jwt.auth, issued.headers, { fresh: true })).toBe('fresh_token_required')
    expect(await jwt.auth.authenticate(issued.accessToken)).toMatchObject({ claims: { plan: 'pro' } })
  })

  it('signed in long ago, while everybody else stays in the present', async () => {
    const [old, now] = await Promise.all([t.as({ username: 'old', ago: '6m' }), t.as({ username: 'now' })])
    expect(await asked(t.auth, old.headers)).toBe('welcome')
    expect(await asked(t.auth, old.headers, { fresh: '5m' })).toBe('fresh_token_required')
    expect(await asked(t.auth, now.headers, { fresh: '1s' })).toBe('welcome')
  })

  it('signed in long ago at a manager, too', async () => {
    const jwt = testAuth(({ clock }) => createJwtManager({ secret, clock, lifetime: { access: '1h' } }))
    const old = await jwt.as({ ...seven, ago: '6m' })
    expect(await asked(jwt.auth, old.headers, { fresh: '5m' })).toBe('fresh_token_required')
    expect(await asked(jwt.auth, old.headers, { fresh: '7m' })).toBe('welcome')
  })

  it('carries its token where the door looks, and nowhere else', async () => {
    const both = testAuth(createJwtManager({ secret, locations: ['cookies', 'headers'] }))
    const first = await both.as(seven)
    expect(first.headers).toEqual({
      cookie: `__Host-access_token=${first.accessToken}`,
      'sec-fetch-site': 'same-origin',
    })
    const second = await both.as({ ...seven, location: 'headers' })
    expect(second.headers).toEqual({ authorization: `Bearer ${second.accessToken}` })
    const bare = testAuth(createJwtManager({ secret, header: { name: 'X-Token', scheme: '' } }))
    const third = await bare.as(seven)
    expect(third.refreshHeaders).toEqual({ 'x-token': third.refreshToken })
  })

  it('is whoever the application passes to a manager', async () => {
    const jwt = testAuth(
      createJwtManager({ secret, identityOf: (user: { readonly id: number }) => `user ${user.id}` }),
    )
    expect(await jwt.as({ identity: { id: 7 } })).toMatchObject({ identity: 'user 7', sessionId: null })
  })
})

describe('a forged token', () => {
  it('is what it is called: of another key, of none, or changed (T-02)', async () => {
    const bare = createJwtManager({ secret, header: { name: 'X-Token', scheme: '' } })
    const refusals = await testAuth(bare).refusals(seven)
    const tokens = new Map(refusals.map(({ name, headers }) => [name, headers['x-token'] ?? '']))
    const part = (name: string, at: 0 | 1): unknown =>
      JSON.parse(Buffer.from(tokens.get(name)?.split('.')[at] ?? '', 'base64url').toString())
    expect(part('a token that somebody else signed', 0)).toMatchObject({ alg: 'HS256', typ: 'at+jwt' })
    expect(part('a token that nobody signed', 0)).toMatchObject({ alg: 'none', typ: 'at+jwt' })
    expect(tokens.get('a token that nobody signed')).toMatch(/\.$/)
    expect(part('a token that was changed after it was signed', 1)).toMatchObject({ sub: 'somebody-else' })
  })
})

describe('time', () => {
  const build = () => testAuth((settings) => createAuth({ ...settings, lifetime: { access: '10m' } }))

  it('runs out for access tokens', async () => {
    const t = build()
    const { headers } = await t.as(ada)
    t.clock.advance('9m')
    expect(await asked(t.auth, headers, { fresh: '10m' })).toBe('welcome')
    expect(await asked(t.auth, headers, { fresh: '5m' })).toBe('fresh_token_required')
    t.clock.advance('2m')
    expect(await asked(t.auth, headers)).toBe('expired_token')
  })

  it('runs out for sessions that nobody uses, and goes on for those that are (R8, R11)', async () => {
    const t = build()
    const [used, idle] = [await t.as(ada), await t.as(ada)]
    t.clock.advance('13d')
    const { refreshToken } = await t.auth.refresh(used.refreshToken)
    t.clock.advance('2d')
    await expect(t.auth.refresh(idle.refreshToken)).rejects.toMatchObject({ code: 'invalid_grant' })
    await expect(t.auth.refresh(refreshToken)).resolves.toMatchObject({ sessionId: used.sessionId })
    t.clock.advance('16d')
    expect(await t.auth.list(used.identity)).toEqual([])
  })

  it('ends the grace, after which a superseded token is a stolen one (R4, R5)', async () => {
    const t = build()
    const { refreshToken } = await t.as(ada)
    const next = await t.auth.refresh(refreshToken)
    t.clock.advance('29s')
    expect((await t.auth.refresh(refreshToken)).refreshToken).toBe(next.refreshToken)
    t.clock.advance('1s')
    await expect(t.auth.refresh(refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' })
  })

  it('runs out for the tokens of a manager', async () => {
    const t = testAuth(({ clock }) => createJwtManager({ secret, clock, lifetime: { access: '1m' } }))
    const { headers } = await t.as(seven)
    t.clock.advance('1m')
    expect(await asked(t.auth, headers)).toBe('welcome')
    t.clock.advance('6s')
    expect(await asked(t.auth, headers)).toBe('expired_token')
  })

  it('is given to a store of another kind by hand', async () => {
    const clock = movableClock()
    const t = testAuth(createAuth({ store: await sqliteStore(':memory:', { clock }), clock }))
    const { headers, refreshToken } = await t.as(ada)
    clock.advance('11m')
    expect(await asked(t.auth, headers)).toBe('expired_token')
    clock.advance('14d')
    await expect(t.auth.refresh(refreshToken)).rejects.toMatchObject({ code: 'invalid_grant' })
    await t.auth.close()
  })

  it('is that of the test runner for a door that was built before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const t = testAuth(createAuth({ store: memoryStore() }))
    const { headers } = await t.as(ada)
    vi.setSystemTime(Date.now() + 3_600_000)
    expect(await asked(t.auth, headers)).toBe('expired_token')
  })
})

describe('what cannot work is refused', () => {
  it.each<[string, RegExp, () => unknown]>([
    ['production', /production/, () => testAuth(createJwtManager({ secret }))],
    ['production, with a function', /production/, () => testAuth((settings) => createAuth(settings))],
  ])('%s', (_title, message, call) => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(call).toThrow(message)
  })

  it('a verifier', () => {
    const verifier = createVerifier({ issuer: 'x', audience: 'y', secret })
    expect(() => testAuth(verifier as never)).toThrow('testIssuer')
    expect(() => testAuth(undefined as never)).toThrow(TypeError)
    expect(() => testAuth(() => Promise.resolve(createAuth({ store: memoryStore() })) as never)).toThrow(
      TypeError,
    )
  })

  it('a clock that nobody goes by', () => {
    expect(() => testAuth(({ store }) => createAuth({ store }))).toThrow('settings.clock')
  })

  it('the past, where the door has a clock of its own', async () => {
    await expect(testAuth(createJwtManager({ secret })).as({ ...seven, ago: '1m' })).rejects.toThrow('ago')
  })

  it('the past, where the store has a clock of its own', async () => {
    const t = testAuth(({ clock }) => createAuth({ store: memoryStore(), clock }))
    await expect(t.as({ ...ada, ago: '1m' })).rejects.toThrow('settings.store')
  })

  it('bad requests, where a door takes tokens in no header and no cookie', async () => {
    const t = testAuth(createJwtManager({ secret, locations: 'query' }))
    expect(await t.as(seven)).toMatchObject({ headers: {}, accessToken: expect.any(String) })
    await expect(t.refusals(seven)).rejects.toThrow('neither headers nor cookies')
  })

  it('a name where there are no names, and a place that is not looked at', async () => {
    const t = testAuth(({ store, clock }) => createSessions({ store, clock, loadUser }))
    await expect(t.as(ada as never)).rejects.toThrow('identity')
    await expect(t.as({ ...seven, location: 'cookies' })).rejects.toThrow('cookies')
  })
})
