import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'
import { createEndpoints, type EndpointOptions, type FetchHandler } from '../../src/http/endpoints.ts'
import { type Auth, type AuthOptions, createAuth, createJwtManager, createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { password, secret } from '../auth/known.ts'
import { fakeAuth } from './fake.ts'

const cheap = { passwords: { memory: 64, passes: 1 }, limits: false } as const

function authWith(options: Partial<AuthOptions> = {}): Auth {
  return createAuth({ store: memoryStore(), secret, ...cheap, ...options })
}

interface Sent {
  readonly json?: unknown
  readonly body?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

async function send(
  handle: FetchHandler,
  route: string,
  { json, body, headers = {} }: Sent = {},
): Promise<{ status: number; body: Record<string, unknown>; cookies: string[]; headers: Headers }> {
  const [method = '', path = ''] = route.split(' ')
  const type = json === undefined ? {} : { 'content-type': 'application/json' }
  const init = { method, headers: { ...type, ...headers }, duplex: 'half' } as RequestInit
  const sent = json === undefined ? body : JSON.stringify(json)
  const response = await handle(
    new Request(`https://app.example${path}`, sent === undefined ? init : { ...init, body: sent }),
  )
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') ? JSON.parse(text) : {},
    cookies: response.headers.getSetCookie(),
    headers: response.headers,
  }
}

const jarOf = (cookies: readonly string[]): string => cookies.map((line) => line.split(';')[0]).join('; ')
const cookieIn = (cookies: readonly string[], name: string): string =>
  cookies.find((line) => line.startsWith(`${name}=`))?.split(/[=;]/)[1] ?? ''

describe('which endpoints there are', () => {
  const accountRoutes = ['POST /register', 'POST /login', 'POST /password']
  const sessionRoutes = ['POST /refresh', 'POST /logout', 'GET /sessions', 'GET /.well-known/jwks.json']
  const statuses = async (handle: FetchHandler, routes: readonly string[]): Promise<number[]> =>
    Promise.all(routes.map(async (route) => (await send(handle, route)).status))

  test('S-09 sessions without accounts have no account routes', async () => {
    const sessions = createSessions({ store: memoryStore(), secret, loadUser: () => ({ name: 'Ada' }) })
    const handle = createEndpoints(sessions)
    expect(await statuses(handle, accountRoutes)).toEqual([404, 404, 404])
    expect(await statuses(handle, sessionRoutes)).toEqual([401, 401, 401, 200])
    const { accessToken } = await sessions.start('42')
    const who = await send(handle, 'GET /whoami', { headers: { authorization: `Bearer ${accessToken}` } })
    expect(who.body).toMatchObject({ logged_in_as: '42', id: '42', session: { id: expect.any(String) } })
  })

  test('a stateless door has whoami alone', async () => {
    const jwt = createJwtManager({ secret })
    const handle = createEndpoints(jwt)
    expect(await statuses(handle, [...accountRoutes, ...sessionRoutes])).toEqual([
      404, 404, 404, 404, 404, 404, 404,
    ])
    const authorization = `Bearer ${await jwt.createAccessToken('42')}`
    const who = await send(handle, 'GET /whoami', { headers: { authorization } })
    expect(who.body).toMatchObject({ logged_in_as: '42', session: null })
  })

  test('lie below the prefix alone', async () => {
    const handle = createEndpoints(authWith(), { prefix: '/auth' })
    expect(
      await statuses(handle, ['GET /auth/whoami', 'GET /whoami', 'GET /authx/whoami', 'GET /auth']),
    ).toEqual([401, 404, 404, 404])
  })

  test('I-33 do not start without a door', () => {
    for (const none of [undefined, null, {}])
      expect(() => createEndpoints(none as unknown as Auth)).toThrow(TypeError)
  })
})

describe('the wire', () => {
  async function signedIn(options: Partial<AuthOptions> = {}, endpoints: EndpointOptions = {}, headers = {}) {
    const auth = authWith(options)
    const handle = createEndpoints(auth, endpoints)
    const registered = await send(handle, 'POST /register', { json: { username: 'ada', password } })
    const login = await send(handle, 'POST /login', { json: { username: 'ada', password }, headers })
    return { auth, handle, registered, login, authorization: `Bearer ${login.body['access_token']}` }
  }

  test('is what the description says', async () => {
    const { handle, registered, login, authorization } = await signedIn()
    expect([registered.status, registered.body]).toEqual([201, { id: expect.any(String), username: 'ada' }])
    expect(login.body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    })
    const { body } = await send(handle, 'GET /sessions', { headers: { authorization } })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(body['sessions']).toEqual([
      {
        id: expect.any(String),
        created_at: time,
        last_used_at: time,
        expires_at: time,
        user_agent: null,
        address: null,
        label: null,
        current: true,
      },
    ])
  })

  test('S-03, S-04 a user sees and ends sessions of their own, without a token among them, and nobody else’s', async () => {
    const { auth, handle, authorization } = await signedIn()
    await auth.register({ username: 'eve', password })
    const eve = await auth.login({ username: 'eve', password })
    const second = await auth.login({ username: 'ada', password }, { userAgent: 'phone', label: 'my phone' })
    const listOf = async (): Promise<Record<string, unknown>[]> =>
      (await send(handle, 'GET /sessions', { headers: { authorization } })).body['sessions'] as never
    const listed = await listOf()
    expect(listed).toHaveLength(2)
    expect(listed.find(({ id }) => id === second.sessionId)).toMatchObject({
      user_agent: 'phone',
      label: 'my phone',
      current: false,
    })
    expect(JSON.stringify(listed)).not.toMatch(/eyJ|"gen|token|epoch/)
    const end = async (id: string): Promise<number> =>
      (await send(handle, `DELETE /sessions/${id}`, { headers: { authorization } })).status
    const foreign = await send(handle, `DELETE /sessions/${eve.sessionId}`, { headers: { authorization } })
    const unknown = await send(handle, `DELETE /sessions/${'A'.repeat(22)}`, { headers: { authorization } })
    expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body])
    expect(foreign.status).toBe(404)
    expect(await auth.list((await auth.authenticate(eve.accessToken)).identity)).toHaveLength(1)
    expect(await end(second.sessionId)).toBe(204)
    expect(await end(second.sessionId)).toBe(404)
    expect(await listOf()).toHaveLength(1)
    // One’s own as well: then the token that asked is over.
    expect(await end(String(listed.find(({ current }) => current)?.['id']))).toBe(204)
    expect(await end(second.sessionId)).toBe(401)
  })

  test('H-23, I-87 no GET and no address of ours hands out a token', async () => {
    const { handle, login, authorization } = await signedIn()
    const tokens = [login.body['access_token'], login.body['refresh_token']]
    for (const route of [
      'GET /whoami',
      'GET /sessions',
      'GET /.well-known/jwks.json',
      'GET /login',
      'GET /refresh',
    ]) {
      const answer = await send(handle, route, { headers: { authorization } })
      for (const token of tokens)
        expect(JSON.stringify([answer.body, [...answer.headers]])).not.toContain(token)
      expect(answer.headers.has('location')).toBe(false)
    }
  })

  test('G-02 shows a user agent without control characters, 256 characters of it', async () => {
    const agent = `a\u0085\tb${'c'.repeat(400)}`
    const { auth, registered } = await signedIn({}, { address: () => '192.0.2.1' }, { 'user-agent': agent })
    const [session] = await auth.list(String(registered.body['id']))
    expect(session).toMatchObject({ userAgent: `ab${'c'.repeat(254)}`, address: '192.0.2.1' })
  })

  test('G-01 keeps no token that came as a user agent, in no session and no event', async () => {
    const store = memoryStore()
    const auth = authWith({ store })
    const handle = createEndpoints(auth)
    const proof = { username: 'ada', password }
    await send(handle, 'POST /register', { json: proof })
    const { body } = await send(handle, 'POST /login', { json: proof })
    const headers = { 'user-agent': `Tool/1 (Bearer ${body['access_token']}) ${body['refresh_token']}` }
    await send(handle, 'POST /login', { json: proof, headers })
    await send(handle, 'POST /login', { json: { ...proof, password: 'another one' }, headers })
    const user = await store.users.findByKey('ada')
    const agents = [...(await auth.list(user?.id ?? '')), ...(await store.events.list({ limit: 2 }))]
      .map(({ userAgent }) => userAgent)
      .filter((agent) => agent !== null)
    expect(agents).toEqual(Array(3).fill('Tool/1 (Bearer (token)) (token)'))
    await auth.close()
  })

  test('F-29 reads no more of an endless body than the limit', async () => {
    const { handle } = await signedIn()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 4096
        controller.enqueue(new Uint8Array(4096))
      },
    })
    const headers = { 'content-type': 'application/json' }
    expect((await send(handle, 'POST /login', { body: endless, headers })).status).toBe(413)
    expect(sent).toBeLessThan(64 * 1024)
  })

  test('F-29 reads no more of an endless body where the token may lie in it', async () => {
    const { handle } = await signedIn({ locations: ['headers', 'json'] })
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(32))
      },
    })
    const headers = { 'content-type': 'application/json' }
    expect((await send(handle, 'POST /password', { body: endless, headers })).status).toBe(413)
    expect(sent).toBeLessThan(1.5 * 1024 * 1024)
  })

  test('H-19 leaves errors that are not ours to the server', async () => {
    const auth = { ...fakeAuth(), authenticate: () => Promise.reject(new Error('a bug')) }
    const handle = createEndpoints(auth)
    await expect(send(handle, 'GET /whoami', { headers: { authorization: 'Bearer x' } })).rejects.toThrow(
      'a bug',
    )
  })

  test('H-06 answers 503 when the store fails, and does not say that anybody was signed out', async () => {
    const { auth, login } = await signedIn()
    const failing = { ...auth, endByToken: () => Promise.reject(new AuthError('unavailable', 'Later.')) }
    const headers = { authorization: `Bearer ${login.body['access_token']}` }
    const answer = await send(createEndpoints(failing), 'POST /logout', { headers })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })

  test('says nothing of fields whose names are not plain', async () => {
    const { handle } = await signedIn()
    const json = { username: 'ada', password, '<script>': 'x' }
    expect((await send(handle, 'POST /login', { json })).body['field']).toBe('')
    const polluted = '{"username":"ada","password":"x","__proto__":{"role":"admin"}}'
    const headers = { 'content-type': 'application/json' }
    expect((await send(handle, 'POST /login', { body: polluted, headers })).body['error']).toBe(
      'invalid_input',
    )
  })

  test('has CORS where pages of other origins are listed', async () => {
    const handle = createEndpoints(authWith(), { cors: { origins: ['https://app.example'] } })
    const headers = { origin: 'https://app.example' }
    const { headers: given } = await send(handle, 'GET /whoami', { headers })
    expect(given.get('access-control-allow-origin')).toBe('https://app.example')
  })
})

describe('with cookies alone', () => {
  const cookieAuth = (options: Partial<AuthOptions> = {}): FetchHandler =>
    createEndpoints(authWith({ locations: 'cookies', ...options }))
  const own = { 'sec-fetch-site': 'same-origin' }

  async function login(handle: FetchHandler, headers: Readonly<Record<string, string>> = own) {
    await send(handle, 'POST /register', { json: { username: 'ada', password }, headers: own })
    return send(handle, 'POST /login', { json: { username: 'ada', password }, headers })
  }

  test('no token is in any body', async () => {
    const handle = cookieAuth()
    const { body, cookies } = await login(handle)
    expect(body).toEqual({ token_type: 'Bearer', expires_in: expect.any(Number) })
    const refreshed = await send(handle, 'POST /refresh', { headers: { cookie: jarOf(cookies), ...own } })
    expect([refreshed.status, refreshed.body]).toEqual([
      200,
      { token_type: 'Bearer', expires_in: expect.any(Number) },
    ])
    expect(cookieIn(refreshed.cookies, '__Host-access_token')).toMatch(/\./)
  })

  test('H-10 refreshing and signing out need a page of one’s own', async () => {
    const handle = cookieAuth()
    const cookie = jarOf((await login(handle)).cookies)
    for (const route of ['POST /refresh', 'POST /logout', 'DELETE /logout']) {
      for (const headers of [
        { cookie },
        { cookie, 'sec-fetch-site': 'cross-site' },
        { cookie, origin: 'https://evil.example' },
      ])
        expect((await send(handle, route, { headers })).body['error']).toBe('csrf_failed')
    }
    expect((await send(handle, 'GET /whoami', { headers: { cookie } })).status).toBe(200)
  })

  test('R12 a new sign-in of the same browser ends its old session', async () => {
    const handle = cookieAuth()
    const first = jarOf((await login(handle)).cookies)
    const again = await send(handle, 'POST /login', {
      json: { username: 'ada', password },
      headers: { cookie: first, ...own },
    })
    expect((await send(handle, 'GET /whoami', { headers: { cookie: first } })).body['error']).toBe(
      'revoked_token',
    )
    const { body } = await send(handle, 'GET /sessions', { headers: { cookie: jarOf(again.cookies) } })
    expect(body['sessions']).toHaveLength(1)
  })

  test('S-07 a cookie that is no good is taken away, not argued about', async () => {
    const handle = cookieAuth()
    const headers = { cookie: '__Host-refresh_token=x.y.z', ...own }
    const answer = await send(handle, 'POST /logout', { headers })
    expect([answer.status, answer.cookies.length]).toEqual([200, 2])
  })

  test('H-10 a foreign page, whose requests bring no cookies, cannot have them taken away', async () => {
    for (const csrf of ['origin', 'double-submit'] as const) {
      const handle = cookieAuth({ csrf })
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const answer = await send(handle, 'POST /logout', { headers })
        expect([answer.body['error'], answer.cookies]).toEqual(['csrf_failed', []])
      }
      for (const headers of [own, {}]) {
        const answer = await send(handle, 'POST /logout', { headers })
        expect([answer.status, answer.cookies.length > 0]).toEqual([200, true])
      }
    }
  })

  test('double submit: refreshing and signing out need the value of the token that is shown', async () => {
    const handle = cookieAuth({ csrf: 'double-submit' })
    const { cookies } = await login(handle)
    const cookie = jarOf(cookies)
    const access = cookieIn(cookies, '__Host-csrf_access_token')
    const refresh = cookieIn(cookies, '__Host-csrf_refresh_token')
    expect(new Set([access, refresh, '']).size).toBe(3)
    const post = async (route: string, value?: string): Promise<unknown> => {
      const headers = { cookie, ...(value === undefined ? {} : { 'x-csrf-token': value }) }
      const answer = await send(handle, route, { headers })
      return answer.status === 200 ? 'accepted' : answer.body['error']
    }
    for (const value of [undefined, '', 'x', access])
      expect(await post('POST /refresh', value)).toBe('csrf_failed')
    expect(await post('POST /refresh', refresh)).toBe('accepted')
    expect(await post('POST /refresh', refresh)).toBe('accepted')
    for (const value of [undefined, 'x', access])
      expect(await post('POST /logout', value)).toBe('csrf_failed')
    expect(await post('POST /logout', refresh)).toBe('accepted')
  })

  test('double submit: a changing route takes the value of its own token only', async () => {
    const handle = cookieAuth({ csrf: 'double-submit' })
    const { cookies } = await login(handle)
    const list = await send(handle, 'GET /sessions', { headers: { cookie: jarOf(cookies) } })
    const [session] = list.body['sessions'] as { id: string }[]
    const end = async (value: string): Promise<number> =>
      (
        await send(handle, `DELETE /sessions/${session?.id}`, {
          headers: { cookie: jarOf(cookies), 'x-csrf-token': value },
        })
      ).status
    expect(await end('x')).toBe(403)
    expect(await end(cookieIn(cookies, '__Host-csrf_refresh_token'))).toBe(403)
    expect(await end(cookieIn(cookies, '__Host-csrf_access_token'))).toBe(204)
  })

  test('H-23 whoami does not tell the double-submit value', async () => {
    const handle = cookieAuth({ csrf: 'double-submit' })
    const { cookies } = await login(handle)
    const { body } = await send(handle, 'GET /whoami', { headers: { cookie: jarOf(cookies) } })
    expect(JSON.stringify(body)).not.toContain(cookieIn(cookies, '__Host-csrf_access_token'))
  })
})
