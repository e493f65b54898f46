import { type AdoptOptions, type Auth, createAuth, createJwtManager } from 'latchkey'
import type { FlaskConfig } from 'latchkey/flask'
import { cookiesFor, createEndpoints } from 'latchkey/http'
import { memoryStore } from 'latchkey/store/memory'
import { describe, expect, it } from 'vitest'
import { password, secret } from '../auth/known.ts'
import { claimsIn, managed } from './managed.ts'

const ORIGIN = 'https://app.example'

const authWith = (adopt: AdoptOptions, locations: 'cookies' | 'headers'): Auth =>
  createAuth({
    store: memoryStore(),
    secret,
    passwords: { memory: 64, passes: 1 },
    limits: false,
    locations,
    adopt,
  })

/** As a browser keeps cookies of one path. */
function keep(jar: Map<string, string>, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
}

function jarOf(lines: readonly string[]): Map<string, string> {
  const jar = new Map<string, string>()
  keep(jar, lines)
  return jar
}

/** A browser that signed in at the Flask service, at a service with accounts of ours. */
async function moved(config: FlaskConfig = {}) {
  const flask = managed({ JWT_TOKEN_LOCATION: ['cookies'], JWT_COOKIE_SECURE: true, ...config })
  const auth = authWith({ from: flask }, 'cookies')
  const { id } = await auth.register({ username: 'ada', password })
  const refreshToken = await flask.createRefreshToken(id)
  const jar = jarOf(await cookiesFor(flask, { accessToken: await flask.createAccessToken(id), refreshToken }))
  const handle = createEndpoints(auth, { prefix: '/auth' })
  const send = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const method = path === '/auth/whoami' ? 'GET' : 'POST'
    const all = { cookie, 'sec-fetch-site': 'same-origin', ...headers }
    const response = await handle(new Request(`${ORIGIN}${path}`, { method, headers: all }))
    keep(jar, response.headers.getSetCookie())
    return response
  }
  return { send, jar, csrf: { 'x-csrf-token': String(claimsIn(refreshToken)['csrf']) } }
}

describe('a browser with cookies of Flask-JWT-Extended', () => {
  it('refreshes into a session, and its old cookies go', async () => {
    const { send, jar, csrf } = await moved()
    expect((await send('/auth/whoami')).status).toBe(401)
    const answer = await send('/auth/refresh', csrf)
    expect([answer.status, Object.keys(await answer.json())]).toEqual([200, ['token_type', 'expires_in']])
    expect([...jar.keys()].sort()).toEqual(['__Host-access_token', '__Host-refresh_token'])
    const who = await send('/auth/whoami')
    expect(await who.json()).toMatchObject({ logged_in_as: 'ada', session: { id: expect.any(String) } })
    expect((await send('/auth/refresh')).status).toBe(200)
  })

  it('needs the proof that both systems ask for', async () => {
    const { send, csrf } = await moved()
    expect((await send('/auth/refresh')).status).toBe(403)
    expect((await send('/auth/refresh', { 'x-csrf-token': 'another' })).status).toBe(403)
    const foreign = { ...csrf, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await send('/auth/refresh', foreign)).status).toBe(403)
    const unprotected = await moved({ JWT_COOKIE_CSRF_PROTECT: false })
    expect((await unprotected.send('/auth/refresh', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await unprotected.send('/auth/refresh')).status).toBe(200)
  })

  it('signs out, and nothing is left that could sign it in', async () => {
    const { send, jar, csrf } = await moved()
    const old = new Map(jar)
    expect((await send('/auth/logout', csrf)).status).toBe(200)
    expect([...jar.keys()]).toEqual([])
    for (const [name, value] of old) jar.set(name, value)
    expect((await send('/auth/refresh', csrf)).status).toBe(401)
  })

  it('signs out also where the old cookie is not sent along', async () => {
    const { send, jar, csrf } = await moved({ JWT_REFRESH_COOKIE_PATH: '/auth/refresh' })
    jar.delete('refresh_token_cookie')
    jar.delete('access_token_cookie')
    const { headers } = await send('/auth/logout', csrf)
    expect(headers.getSetCookie().join('\n')).toMatch(/refresh_token_cookie=;.*Path=\/auth\/refresh/)
  })

  it('shows its token in a header of another name', async () => {
    const flask = managed({ JWT_HEADER_NAME: 'X-Auth', JWT_HEADER_TYPE: 'JWT' })
    const auth = authWith({ from: flask }, 'headers')
    const { id } = await auth.register({ username: 'ada', password })
    const headers = { 'x-auth': `JWT ${await flask.createRefreshToken(id)}` }
    const request = new Request(`${ORIGIN}/refresh`, { method: 'POST', headers })
    const answer = await createEndpoints(auth)(request)
    expect([answer.status, await answer.json()]).toMatchObject([200, { refresh_token: expect.any(String) }])
  })

  it('keeps what it is given where both systems have the same names for their cookies', async () => {
    const old = createJwtManager({ secret: `old ${secret}`, locations: 'cookies', csrf: 'double-submit' })
    const auth = authWith({ from: old }, 'cookies')
    const { id } = await auth.register({ username: 'ada', password })
    const refreshToken = await old.createRefreshToken(id)
    const jar = jarOf(await cookiesFor(old, { refreshToken }))
    const ask = async (): Promise<number> => {
      const headers = {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'sec-fetch-site': 'same-origin',
        'x-csrf-token': jar.get('__Host-csrf_refresh_token') ?? '',
      }
      const answer = await createEndpoints(auth)(
        new Request(`${ORIGIN}/refresh`, { method: 'POST', headers }),
      )
      keep(jar, answer.headers.getSetCookie())
      return answer.status
    }
    expect([await ask(), await ask(), jar.has('__Host-refresh_token')]).toEqual([200, 200, true])
  })

  it('is as unknown as anybody else without its cookies', async () => {
    const { send, jar } = await moved()
    jar.clear()
    const answer = await send('/auth/refresh')
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: 'missing_token' }])
  })
})
