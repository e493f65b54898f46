import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../auth/known.ts'
import { type Answer, type Ask, ask, raw, statusOf } from './client.ts'
import { createWorld, hookJwt, hookRoutes, type Serve, type Served, type World } from './world.ts'

/** Somebody who signed in over the wire. */
interface Person {
  readonly username: string
  readonly access: string
  readonly refresh: string
}

/** What a behaviour is tried with. */
export interface Trial {
  readonly world: World
  readonly url: string
  ask(path: string, ask?: Ask): Promise<Answer>
  signIn(): Promise<Person>
}

/** A statement about every adapter, and its proof. */
export interface Behaviour {
  readonly id: string
  readonly title: string
  readonly run: (trial: Trial) => Promise<void>
}

/**
 * Runs all behaviours through one framework.
 *
 * @param exceptions behaviours that do not hold there, by id, each with its reason
 */
export function testAdapter(
  name: string,
  serve: Serve,
  exceptions: Readonly<Record<string, string>> = {},
): void {
  describe(name, () => {
    let world: World
    let served: Served
    beforeAll(async () => {
      world = createWorld()
      served = await serve(world.application)
    })
    afterAll(async () => {
      await served.close()
      await world.auth.close()
    })
    for (const { id, title, run } of behaviours) {
      const reason = exceptions[id]
      if (reason === undefined) test(`${id} ${title}`, () => run(trialOf(world, served.url)))
      else test.skip(`${id} ${title}: except here, ${reason}`)
    }
  })
}

export function trialOf(world: World, url: string): Trial {
  const askHere = (path: string, asked?: Ask): Promise<Answer> => ask(url + path, asked)
  return {
    world,
    url,
    ask: askHere,
    async signIn() {
      const username = `u${randomUUID()}`
      await world.auth.register({ username, password, scope: username.endsWith('!') ? 'admin' : '' })
      const { accessToken, refreshToken } = await world.auth.login({ username, password })
      return { username, access: accessToken, refresh: refreshToken }
    },
  }
}

const errorOf = ({ body }: Answer): unknown => body['error']
const challengeOf = ({ headers }: Answer): string | null => headers.get('www-authenticate')
const cookieOf = (name: string, token: string): Readonly<Record<string, string>> => ({
  cookie: `other=1; __Host-${name}=${token}`,
})
const sameOrigin = { 'sec-fetch-site': 'same-origin' }

export const behaviours: readonly Behaviour[] = [
  {
    id: 'AD-01',
    title: 'hands a guarded route its principal, and says where the token lay',
    async run({ ask, signIn }) {
      const { username, access } = await signIn()
      const answer = await ask('/me', { token: access })
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({ hello: username, at: 'headers' })
    },
  },
  {
    id: 'AD-02',
    title: 'H-01 H-04 H-20 refuses a request without a token: a challenge without an error, nothing to keep',
    async run({ ask }) {
      const answer = await ask('/me')
      expect(answer.status).toBe(401)
      expect(challengeOf(answer)).toBe('Bearer realm="latchkey"')
      expect(answer.body).toEqual({ error: 'missing_token', msg: 'This needs an access token.' })
      expect(answer.headers.get('content-type')).toMatch(/^application\/json; ?charset=utf-8$/i)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    },
  },
  {
    id: 'AD-03',
    title: 'H-01 refuses a forged token with error="invalid_token"',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      const answer = await ask('/me', { token: `${access.slice(0, -4)}AAAA` })
      expect(answer.status).toBe(401)
      expect(challengeOf(answer)).toBe('Bearer realm="latchkey", error="invalid_token"')
      expect(errorOf(answer)).toBe('invalid_token')
    },
  },
  {
    id: 'AD-04',
    title: 'H-02 compares the scheme without case',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      for (const scheme of ['bearer', 'BEARER', 'bEaReR'])
        expect((await ask('/me', { headers: { authorization: `${scheme} ${access}` } })).status).toBe(200)
    },
  },
  {
    id: 'AD-05',
    title:
      'H-02 takes a malformed Authorization header as final, on optional routes and beside a good cookie too',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      for (const authorization of [
        `Bearer ${access} twice`,
        'Bearer',
        `Bearer a,Bearer ${access}`,
        'bearer,x',
      ]) {
        const headers = { authorization, ...cookieOf('access_token', access) }
        for (const path of ['/me', '/feed', '/lenient']) {
          const answer = await ask(path, { headers })
          expect([path, answer.status, errorOf(answer)]).toEqual([path, 401, 'invalid_token'])
        }
      }
    },
  },
  {
    id: 'AD-06',
    title: 'H-02 treats another scheme as no token',
    async run({ ask }) {
      const headers = { authorization: 'Basic YTpi' }
      expect(errorOf(await ask('/me', { headers }))).toBe('missing_token')
      expect((await ask('/feed', { headers })).body).toEqual({ hello: 'stranger', at: null })
    },
  },
  {
    id: 'AD-07',
    title: 'refuses two Authorization lines, whichever is good',
    async run({ url, signIn }) {
      const { access } = await signIn()
      for (const [one, two] of [
        [access, 'x.y.z'],
        ['x.y.z', access],
      ]) {
        const lines = `authorization: Bearer ${one}\r\nauthorization: Bearer ${two}\r\n`
        const answer = await raw(url, `GET /me HTTP/1.1\r\nhost: a\r\n${lines}connection: close\r\n\r\n`)
        expect(statusOf(answer)).toBe(401)
      }
    },
  },
  {
    id: 'AD-08',
    title: 'H-02 refuses a token in the query string where nobody asked for one, even beside a good header',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      for (const path of ['/me', '/feed']) {
        for (const name of ['access_token', 'access%5Ftoken']) {
          expect(errorOf(await ask(`${path}?${name}=${access}`))).toBe('invalid_request')
          expect((await ask(`${path}?a=b&${name}=${access}`, { token: access })).status).toBe(400)
        }
      }
    },
  },
  {
    id: 'AD-09',
    title:
      'takes a token from the query string where the route says so, one only, and never beside a header (H-01)',
    async run({ ask, signIn }) {
      const { username, access } = await signIn()
      expect((await ask(`/url?access_token=${access}`)).body).toEqual({ hello: username, at: 'query' })
      expect(errorOf(await ask(`/url?access_token=${access}`, { token: access }))).toBe('invalid_request')
      expect(errorOf(await ask(`/url?access_token=${access}&access_token=${access}`))).toBe('invalid_request')
      expect(errorOf(await ask('/url?access_token='))).toBe('missing_token')
    },
  },
  {
    id: 'AD-10',
    title: 'takes a token from a JSON body where the route says so, and the handler still gets the body',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      const body = { access_token: access, note: 'kept' }
      const answer = await ask('/json', { json: body })
      expect([answer.status, answer.body]).toEqual([200, { body }])
      expect(errorOf(await ask('/json', { json: { note: 'x' } }))).toBe('missing_token')
      expect(errorOf(await ask('/json', { json: { access_token: 7 } }))).toBe('invalid_token')
    },
  },
  {
    id: 'AD-11',
    title: 'H-02 does not look into a body where JSON is no location',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      expect(errorOf(await ask('/me', { json: { access_token: access } }))).toBe('missing_token')
    },
  },
  {
    id: 'AD-12',
    title: 'lets strangers pass an optional route, but no bad token',
    async run({ ask, signIn, world }) {
      const { username, access } = await signIn()
      expect((await ask('/feed')).body).toEqual({ hello: 'stranger', at: null })
      expect((await ask('/feed', { token: access })).body).toEqual({ hello: username, at: 'headers' })
      expect(errorOf(await ask('/feed', { token: 'a.b.c' }))).toBe('invalid_token')
      world.clock.advance(11 * 60_000)
      expect(errorOf(await ask('/feed', { token: access }))).toBe('expired_token')
    },
  },
  {
    id: 'AD-13',
    title: "takes an expired token for none on a 'lenient' route, and only that",
    async run({ ask, signIn, world }) {
      const { username, access, refresh } = await signIn()
      expect((await ask('/lenient', { token: access })).body['hello']).toBe(username)
      expect(errorOf(await ask('/lenient', { token: `${access}x` }))).toBe('invalid_token')
      expect(errorOf(await ask('/lenient', { token: refresh }))).toBe('wrong_token_type')
      world.clock.advance(11 * 60_000)
      expect((await ask('/lenient', { token: access })).body).toEqual({ hello: 'stranger', at: null })
    },
  },
  {
    id: 'AD-14',
    title: 'refuses a refresh token where an access token belongs, and the other way round',
    async run({ ask, signIn }) {
      const { access, refresh } = await signIn()
      expect(errorOf(await ask('/me', { token: refresh }))).toBe('wrong_token_type')
      expect(errorOf(await ask('/rotation', { token: access }))).toBe('wrong_token_type')
      expect((await ask('/rotation', { token: refresh })).status).toBe(200)
      expect((await ask('/any', { token: refresh })).status).toBe(200)
      expect((await ask('/any', { token: access })).status).toBe(200)
    },
  },
  {
    id: 'AD-15',
    title: 'H-01 refuses a missing scope with 403 and names it',
    async run({ ask, signIn, world }) {
      const { access } = await signIn()
      const answer = await ask('/admin', { token: access })
      expect(answer.status).toBe(403)
      expect(challengeOf(answer)).toBe('Bearer realm="latchkey", error="insufficient_scope", scope="admin"')
      const admin = `a${randomUUID()}`
      await world.auth.register({ username: admin, password, scope: 'reader admin' })
      const { accessToken } = await world.auth.login({ username: admin, password })
      expect((await ask('/admin', { token: accessToken })).body['hello']).toBe(admin)
    },
  },
  {
    id: 'AD-16',
    title: 'H-01 asks for a new sign-in once the last one is too old, with max_age',
    async run({ ask, signIn, world }) {
      const { access } = await signIn()
      expect((await ask('/account', { method: 'DELETE', token: access })).status).toBe(200)
      world.clock.advance(301_000)
      const answer = await ask('/account', { method: 'DELETE', token: access })
      expect([answer.status, errorOf(answer)]).toEqual([401, 'fresh_token_required'])
      expect(challengeOf(answer)).toBe(
        'Bearer realm="latchkey", error="insufficient_user_authentication", max_age="300"',
      )
    },
  },
  {
    id: 'AD-17',
    title: 'H-01 asks for a fresh token where the route says so; a refreshed one is none',
    async run({ ask, signIn }) {
      const { access, refresh } = await signIn()
      expect((await ask('/fresh', { token: access })).status).toBe(200)
      const next = await ask('/auth/refresh', { json: { refresh_token: refresh } })
      const answer = await ask('/fresh', { token: String(next.body['access_token']) })
      expect(challengeOf(answer)).toBe('Bearer realm="latchkey", error="insufficient_user_authentication"')
    },
  },
  {
    id: 'AD-18',
    title: 'believes a cookie on safe methods without further proof',
    async run({ ask, signIn }) {
      const { username, access } = await signIn()
      const answer = await ask('/me', { headers: cookieOf('access_token', access) })
      expect(answer.body).toEqual({ hello: username, at: 'cookies' })
    },
  },
  {
    id: 'AD-19',
    title: 'H-10 believes a cookie on unsafe methods from pages of its own only',
    async run({ ask, signIn, url }) {
      const { access } = await signIn()
      const cookie = cookieOf('access_token', access)
      const post = async (headers: Record<string, string>): Promise<unknown> => {
        const answer = await ask('/me', { method: 'POST', headers: { ...cookie, ...headers } })
        return answer.status === 200 ? 'accepted' : errorOf(answer)
      }
      // The cookies are Secure, so the page is served over https even where this test is not.
      const own = url.replace('http:', 'https:')
      expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe('accepted')
      expect(await post({ 'sec-fetch-site': 'none' })).toBe('accepted')
      expect(await post({ origin: own })).toBe('accepted')
      for (const site of ['cross-site', 'same-site', 'nonsense'])
        expect(await post({ 'sec-fetch-site': site, origin: own })).toBe('csrf_failed')
      for (const origin of [
        'null',
        'https://evil.example',
        `${own}.evil.example`,
        `${own}0`,
        own.slice(0, -1),
        'x',
      ])
        expect(await post({ origin })).toBe('csrf_failed')
      expect(await post({})).toBe('csrf_failed')
      expect(await post({ authorization: `Bearer ${access}` })).toBe('accepted')
    },
  },
  {
    id: 'AD-20',
    title: 'H-08 refuses two cookies of our name and a nameless one that imitates it',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      const name = '__Host-access_token'
      for (const cookie of [
        `${name}=${access}; ${name}=${access}`,
        `${name}=x.y.z; ${name}=${access}`,
        `=${name}=${access}`,
        `${name}=${access}; =${name}=x`,
      ])
        expect(errorOf(await ask('/me', { headers: { cookie } }))).toBe('invalid_request')
      for (const cookie of [
        `__host-access_token=${access}`,
        `__HOST-ACCESS_TOKEN=${access}`,
        `access_token=${access}`,
        `x__Host-access_token=${access}`,
      ])
        expect(errorOf(await ask('/me', { headers: { cookie } }))).toBe('missing_token')
    },
  },
  {
    id: 'AD-21',
    title: 'a refused token of the header is final, whatever the cookie holds',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      const answer = await ask('/me', { token: 'x.y.z', headers: cookieOf('access_token', access) })
      expect(errorOf(answer)).toBe('invalid_token')
    },
  },
  {
    id: 'AD-22',
    title: 'H-22 I-84 a broken configuration answers 5xx on every route and never calls the handler',
    async run({ ask, signIn, world }) {
      const { access } = await signIn()
      for (const path of ['/broken', '/broken-optional', '/empty']) {
        const answer = await ask(path, { token: access })
        expect([path, answer.status]).toEqual([path, 500])
      }
      expect(world.trespasses()).toBe(0)
    },
  },
  {
    id: 'AD-23',
    title: 'leaves what a handler throws to the framework',
    async run({ ask, signIn }) {
      const { access } = await signIn()
      expect((await ask('/throws', { token: access })).status).toBe(500)
    },
  },
  {
    id: 'AD-24',
    title: 'answers 5xx, and nothing else, where a handler asks for the principal of an unguarded route',
    async run({ ask }) {
      const answer = await ask('/bare')
      expect([answer.status, answer.body['identity']]).toEqual([500, undefined])
    },
  },
  {
    id: 'AD-25',
    title: 'registers, signs in, refreshes, lists and ends through the endpoints',
    async run({ ask }) {
      const username = `w${randomUUID()}`
      const registered = await ask('/auth/register', { json: { username, password } })
      expect([registered.status, registered.body]).toEqual([201, { id: expect.any(String), username }])
      expect((await ask('/auth/register', { json: { username, password } })).status).toBe(409)
      const login = await ask('/auth/login', {
        json: { username, password },
        headers: { 'user-agent': 'suite/1' },
      })
      expect([login.status, login.body['token_type']]).toEqual([200, 'Bearer'])
      expect(login.headers.get('cache-control')).toBe('no-store')
      const token = String(login.body['access_token'])
      const who = await ask('/auth/whoami', { token })
      expect(who.body).toMatchObject({
        logged_in_as: username,
        id: registered.body['id'],
        claims: { type: 'access' },
      })
      const list = (await ask('/auth/sessions', { token })).body['sessions'] as Record<string, unknown>[]
      expect(list).toEqual([
        expect.objectContaining({ user_agent: 'suite/1', address: '127.0.0.1', label: null, current: true }),
      ])
      const ended = await ask(`/auth/sessions/${list[0]?.['id']}`, { method: 'DELETE', token })
      expect([ended.status, ended.text]).toEqual([204, ''])
      expect(errorOf(await ask('/me', { token }))).toBe('revoked_token')
    },
  },
  {
    id: 'AD-26',
    title: 'refreshes by header, JSON body and cookie; forgives a lost answer; ends the session on reuse',
    async run({ ask, signIn, world }) {
      const { refresh } = await signIn()
      const second = await ask('/auth/refresh', { method: 'POST', token: refresh })
      expect(second.status).toBe(200)
      const again = await ask('/auth/refresh', { json: { refresh_token: refresh } })
      expect(again.body['refresh_token']).toBe(second.body['refresh_token'])
      const cookies = { ...cookieOf('refresh_token', String(second.body['refresh_token'])), ...sameOrigin }
      const third = await ask('/auth/refresh', { method: 'POST', headers: cookies })
      expect([third.status, third.body['refresh_token']]).toEqual([200, undefined])
      expect(third.headers.getSetCookie()).toHaveLength(2)
      world.clock.advance(31_000)
      const reuse = await ask('/auth/refresh', { json: { refresh_token: refresh } })
      expect([reuse.status, errorOf(reuse)]).toEqual([401, 'refresh_token_reused'])
      expect(errorOf(await ask('/auth/refresh', { method: 'POST' }))).toBe('missing_token')
    },
  },
  {
    id: 'AD-27',
    title: 'S-07 signs out by either method, with an expired token, and twice',
    async run({ ask, signIn, world }) {
      const { access, refresh } = await signIn()
      world.clock.advance(11 * 60_000)
      for (const method of ['DELETE', 'POST', 'POST']) {
        const answer = await ask('/auth/logout', { method, token: access })
        expect([answer.status, answer.body]).toEqual([200, { msg: 'Signed out.' }])
        expect(answer.headers.getSetCookie().every((line) => line.includes('Max-Age=0'))).toBe(true)
      }
      expect(errorOf(await ask('/auth/refresh', { json: { refresh_token: refresh } }))).toBe('invalid_grant')
      expect((await ask('/auth/logout', { method: 'POST', token: 'x.y.z' })).status).toBe(401)
    },
  },
  {
    id: 'AD-28',
    title: 'S-04 answers 404 for a session that is unknown and for somebody else’s, in the same words',
    async run({ ask, signIn }) {
      const [ada, bob] = [await signIn(), await signIn()]
      const list = (await ask('/auth/sessions', { token: bob.access })).body['sessions'] as { id: string }[]
      const foreign = await ask(`/auth/sessions/${list[0]?.id}`, { method: 'DELETE', token: ada.access })
      const unknown = await ask('/auth/sessions/AAAAAAAAAAAAAAAAAAAAAA', {
        method: 'DELETE',
        token: ada.access,
      })
      expect([foreign.status, foreign.text]).toEqual([404, unknown.text])
      expect(errorOf(foreign)).toBe('session_not_found')
      expect((await ask('/me', { token: bob.access })).status).toBe(200)
    },
  },
  {
    id: 'AD-29',
    title: 'P-13 changes the password, ends the other sessions and hands out a new pair',
    async run({ ask, signIn }) {
      const { access, username } = await signIn()
      const json = { current_password: password, new_password: 'a quite different battery staple' }
      expect((await ask('/auth/password', { json })).status).toBe(401)
      const wrong = await ask('/auth/password', { token: access, json: { ...json, current_password: 'x' } })
      expect([wrong.status, challengeOf(wrong)]).toEqual([401, 'Bearer realm="latchkey"'])
      const changed = await ask('/auth/password', { token: access, json })
      expect((await ask('/me', { token: String(changed.body['access_token']) })).body['hello']).toBe(username)
      expect(errorOf(await ask('/me', { token: access }))).toBe('revoked_token')
    },
  },
  {
    id: 'AD-30',
    title: 'K-02 publishes public keys only, for five minutes',
    async run({ ask }) {
      const answer = await ask('/auth/.well-known/jwks.json')
      const keys = answer.body['keys'] as Record<string, unknown>[]
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) expect(Object.keys(key)).not.toContain('d')
      expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    },
  },
  {
    id: 'AD-31',
    title: 'H-13 answers 404 for unknown addresses and 405 with Allow for other methods',
    async run({ ask }) {
      for (const path of [
        '/auth/nothing',
        '/auth/',
        '/auth/login/',
        '/auth/sessions/',
        '/auth/sessions/:id/x',
      ])
        expect([path, (await ask(path)).status]).toEqual([path, 404])
      const answer = await ask('/auth/login')
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
      const logout = await ask('/auth/logout', { method: 'PUT' })
      expect([logout.status, logout.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
      expect((await ask('/auth/whoami', { method: 'HEAD' })).status).toBe(401)
    },
  },
  {
    id: 'AD-32',
    title: 'H-14 takes application/json only, uncompressed and up to 16 KiB',
    async run({ ask }) {
      const body = JSON.stringify({ username: 'x', password })
      const status = async (headers: Record<string, string>, sent = body): Promise<number> =>
        (await ask('/auth/login', { headers, body: sent })).status
      expect(await status({ 'content-type': 'application/json' })).toBe(401)
      expect(await status({ 'content-type': 'application/json; charset=utf-8' })).toBe(401)
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/problem+json',
        'nonsense',
      ])
        expect([type, await status({ 'content-type': type })]).toEqual([type, 415])
      expect(await status({ 'content-type': 'application/json', 'content-encoding': 'gzip' })).toBe(415)
      const large = JSON.stringify({ username: 'x', password: 'x'.repeat(17_000) })
      expect(await status({ 'content-type': 'application/json' }, large)).toBe(413)
    },
  },
  {
    id: 'AD-33',
    title: 'H-14 H-16 H-17 refuses what is no JSON, no object, an unknown field, or anything but a string',
    async run({ ask }) {
      const send = async (body: string): Promise<unknown> => {
        const answer = await ask('/auth/login', { headers: { 'content-type': 'application/json' }, body })
        expect(answer.status).toBe(400)
        return [errorOf(answer), answer.body['field']]
      }
      for (const body of ['{', '[]', '"x"', 'null', '7', '{"a":', `${'['.repeat(2000)}${']'.repeat(2000)}`])
        expect([body, await send(body)]).toEqual([body, ['invalid_request', undefined]])
      expect(await send('{"username":"a"}')).toEqual(['invalid_input', 'password'])
      for (const wrong of ['7', 'null', '["x"]', '{"$ne":1}', 'true'])
        expect(await send(`{"username":"a","password":${wrong}}`)).toEqual(['invalid_input', 'password'])
      expect(await send(`{"username":"a","password":"b","scope":"admin"}`)).toEqual([
        'invalid_input',
        'scope',
      ])
    },
  },
  {
    id: 'AD-34',
    title: 'H-14 refuses more than 64 headers with 431',
    async run({ ask }) {
      const headers = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`x-${index}`, '1']))
      expect((await ask('/auth/whoami', { headers })).status).toBe(431)
    },
  },
  {
    id: 'AD-35',
    title: 'H-10 covers signing in: a page of another origin signs nobody in',
    async run({ ask, url }) {
      const json = { username: 'nobody', password }
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        expect(errorOf(await ask('/auth/login', { json, headers }))).toBe('csrf_failed')
        expect(errorOf(await ask('/auth/register', { json, headers }))).toBe('csrf_failed')
      }
      expect(
        (await ask('/auth/login', { json, headers: { origin: url.replace('http:', 'https:') } })).status,
      ).toBe(401)
    },
  },
  {
    id: 'AD-36',
    title: 'H-07 sets both cookies at sign-in with every protection, and takes them away with the same',
    async run({ ask, world }) {
      const username = `c${randomUUID()}`
      await world.auth.register({ username, password })
      const login = await ask('/auth/login', { json: { username, password } })
      const lines = login.headers.getSetCookie()
      expect(
        lines.map((line) => line.replace(/=[^;]*\.[^;]*;/, '=T;').replace(/Max-Age=\d+/, 'Max-Age=N')),
      ).toEqual([
        '__Host-access_token=T; Path=/; Max-Age=N; HttpOnly; Secure; SameSite=Strict',
        '__Host-refresh_token=T; Path=/; Max-Age=N; HttpOnly; Secure; SameSite=Strict',
      ])
      const cookie = lines.map((line) => line.split(';')[0]).join('; ')
      expect((await ask('/me', { headers: { cookie } })).body['hello']).toBe(username)
      expect((await ask('/auth/logout', { method: 'POST', headers: { cookie } })).status).toBe(403)
      const out = await ask('/auth/logout', { method: 'POST', headers: { cookie, ...sameOrigin } })
      expect(out.headers.getSetCookie()).toEqual([
        '__Host-access_token=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict',
        '__Host-refresh_token=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict',
      ])
      expect(errorOf(await ask('/me', { headers: { cookie } }))).toBe('revoked_token')
      expect((await ask('/auth/logout', { method: 'POST' })).status).toBe(200)
    },
  },
  {
    id: 'AD-37',
    title: 'H-15 ignores X-Forwarded-For unless a proxy is trusted',
    async run({ ask, signIn, world }) {
      const { username } = await signIn()
      const headers = { 'x-forwarded-for': '203.0.113.7' }
      const login = await ask('/auth/login', { json: { username, password }, headers })
      const { identity } = await world.auth.authenticate(String(login.body['access_token']))
      const addresses = (await world.auth.list(identity)).map(({ address }) => address)
      expect(addresses.sort()).toEqual(['127.0.0.1', null])
    },
  },
  {
    id: 'AD-38',
    title: 'F-29 answers an announced body of a gigabyte, and an endless one, with 413',
    async run({ url }) {
      const head = 'POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'
      const announced = await raw(url, `${head}content-length: 1073741824\r\n\r\n{"a":`)
      expect(statusOf(announced)).toBe(413)
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
      const endless = await raw(url, `${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}${chunk}`)
      expect(statusOf(endless)).toBe(413)
    },
  },
  {
    id: 'AD-39',
    title: 'survives a client that goes away in the middle of its body',
    async run({ ask, url }) {
      const head =
        'POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'
      await raw(url, head, 50)
      expect((await ask('/me')).status).toBe(401)
    },
  },
  {
    id: 'AD-40',
    title: 'H-23 puts no token and no secret into the answer to a GET',
    async run({ ask, signIn }) {
      const { access, refresh } = await signIn()
      for (const path of ['/auth/whoami', '/auth/sessions', '/auth/.well-known/jwks.json']) {
        const { text, headers } = await ask(path, { token: access })
        const everything = text + JSON.stringify([...headers])
        for (const token of [access, refresh]) expect(everything).not.toContain(token.split('.')[2])
      }
    },
  },
  {
    id: 'AD-41',
    title: 'H-07 puts tokens into cookies in the application’s own routes, and takes them away',
    async run({ ask }) {
      const lines = (await ask('/jar')).headers.getSetCookie()
      expect(lines.map((line) => line.split('=')[0])).toEqual(['__Host-access_token', '__Host-refresh_token'])
      const cookie = lines.map((line) => line.split(';')[0]).join('; ')
      expect((await ask('/me', { headers: { cookie } })).status).toBe(200)
      const away = (await ask('/jar/empty')).headers.getSetCookie()
      expect(away).toEqual([expect.stringMatching(/^__Host-access_token=; .*Max-Age=0/)])
    },
  },
  {
    id: 'AD-42',
    title: 'F-44 T-29 lets nobody pass when a hook throws, hangs, or answers nonsense',
    async run({ ask, world }) {
      const token = await hookJwt.createAccessToken('ada')
      for (const [path] of hookRoutes) {
        const answer = await ask(path, { token })
        expect([path, [401, 503].includes(answer.status)]).toEqual([path, true])
        expect(answer.text).not.toContain('secret-detail')
      }
      expect(world.trespasses()).toBe(0)
    },
  },
]
