import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JwtManager } from 'latchkey'
import { decodeUnverified } from 'latchkey/jwt'
import { memoryStore } from 'latchkey/store/memory'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { blocklist, legacyManager, movedSessions, strictManager, tenantManager } from './strict.mjs'

const SECRET = 'the secret of the Flask application, long enough'
const guide = readFileSync(new URL('../../docs/guide/from-flask.md', import.meta.url), 'utf8')
const programs = ['app.mjs', 'strict.mjs'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))

let jwt: JwtManager<unknown, object>
let server: Server
let url: string

beforeAll(async () => {
  vi.stubEnv('JWT_SECRET_KEY', SECRET)
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const program = await import('./app.mjs')
  jwt = program.jwt as never
  server = program.app.listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const ada = { id: '7', name: 'Ada' }
const ask = async (
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<[number, unknown]> => {
  const response = await fetch(url + path, { method, headers })
  return [response.status, await response.json()]
}
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const post = (path: string, body: object): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('the migration guide', () => {
  const blocks = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  const flattened = (text: string): string =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n')

  it.each(blocks.map((block, at) => ({ at, block })))(
    'block $at is a part of a program that runs here',
    ({ block }) => {
      expect(programs.some((program) => flattened(program).includes(flattened(block)))).toBe(true)
    },
  )

  it('has only blocks that run, and shell', () => {
    const kinds = new Set([...guide.matchAll(/```(\w+)\n/g)].map(([, kind]) => kind))
    expect([...kinds].sort()).toEqual(['js', 'sh'])
    expect(blocks.length).toBeGreaterThan(8)
  })

  it('speaks of every option and every function of the peer', () => {
    const words = [
      'JWTManager',
      '@jwt_required()',
      'optional=True',
      'fresh=True',
      'refresh=True',
      'locations=',
      'verify_type=False',
      'skip_revocation_check=True',
      'verify_jwt_in_request',
      'get_jwt_identity',
      'get_jwt()',
      'get_jwt_header',
      'get_jwt_request_location',
      'current_user',
      'get_current_user',
      'create_access_token',
      'create_refresh_token',
      'decode_token',
      'get_jti',
      'get_csrf_token',
      'get_unverified_jwt_headers',
      'set_access_cookies',
      'set_refresh_cookies',
      'unset_jwt_cookies',
      'unset_access_cookies',
      'unset_refresh_cookies',
      'additional_claims_loader',
      'additional_headers_loader',
      'user_identity_loader',
      'encode_key_loader',
      'decode_key_loader',
      'token_in_blocklist_loader',
      'token_verification_loader',
      'user_lookup_loader',
      'expired_token_loader',
      'invalid_token_loader',
      'unauthorized_loader',
      'needs_fresh_token_loader',
      'revoked_token_loader',
      'token_verification_failed_loader',
      'user_lookup_error_loader',
    ]
    expect(words.filter((word) => !guide.includes(word))).toEqual([])
  })
})

describe('the application of the migration guide', () => {
  const signIn = async (): Promise<{ access: string; refresh: string; cookies: string[] }> => {
    const response = await post('/login', { username: 'Ada', password: 'correct horse battery staple' })
    const { access_token: access, refresh_token: refresh } = await response.json()
    return { access, refresh, cookies: response.headers.getSetCookie() }
  }

  it('signs in, and says who is there', async () => {
    expect((await post('/login', { username: 'Ada', password: 'x' })).status).toBe(401)
    const { access, cookies } = await signIn()
    const [status, body] = await ask('/protected', bearer(access))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      identity: '7',
      location: 'headers',
      user: 'Ada',
      claims: { sub: '7', name: 'Ada', role: 'admin', type: 'access', fresh: true },
      header: { alg: 'HS256', typ: 'JWT', iss: 'from-flask' },
    })
    expect(cookies.map((line) => line.split('=')[0])).toEqual([
      'access_token_cookie',
      'csrf_access_token',
      'refresh_token_cookie',
      'csrf_refresh_token',
    ])
  })

  it('refreshes, and what was refreshed is not fresh', async () => {
    const { access, refresh } = await signIn()
    expect(await ask('/refresh', bearer(access), 'POST')).toEqual([
      422,
      { msg: 'Only refresh tokens are allowed' },
    ])
    const [, body] = await ask('/refresh', bearer(refresh), 'POST')
    const { access_token: next } = body as { access_token: string }
    expect(await ask('/protected', bearer(next))).toMatchObject([
      200,
      { claims: { name: 'Ada', fresh: false } },
    ])
    expect(await ask('/fresh', bearer(next))).toEqual([401, { msg: 'Fresh token required' }])
    for (const path of ['/fresh', '/recent'])
      expect(await ask(path, bearer(access))).toEqual([200, { ok: true }])
  })

  it('knows the routes that strangers may take, and the expired', async () => {
    const expired = await jwt.createAccessToken(ada, { expiresIn: -60 })
    expect(await ask('/optional')).toEqual([200, { hello: 'stranger' }])
    expect(await ask('/optional', bearer(expired))).toEqual([401, { msg: 'Token has expired', who: '7' }])
    expect(await ask('/lenient', bearer(expired))).toEqual([200, { hello: 'stranger' }])
    expect(await ask('/by-hand', bearer((await signIn()).access))).toEqual([200, { hello: 'Ada' }])
    expect(await ask('/by-hand', bearer('junk'))).toEqual([422, { msg: 'Not enough segments' }])
  })

  it('looks where the route says', async () => {
    const { access, refresh } = await signIn()
    expect(await ask('/cookies-only', bearer(access))).toEqual([
      401,
      { msg: 'Missing cookie "access_token_cookie"' },
    ])
    expect(await ask('/cookies-only', { cookie: `access_token_cookie=${access}` })).toEqual([
      200,
      { ok: true },
    ])
    expect(await ask('/any-type', bearer(refresh))).toEqual([200, { ok: true }])
  })

  it('looks into tokens', async () => {
    const token = await jwt.createAccessToken(ada, { expiresIn: -60, claims: { jti: 'j', csrf: 'c' } })
    expect(await (await post('/inspect', { token, csrf: 'c' })).json()).toMatchObject({
      jti: 'j',
      csrf: 'c',
      header: { alg: 'HS256' },
    })
    const wrong = await post('/inspect', { token, csrf: 'x' })
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      { msg: 'CSRF double submit tokens do not match' },
    ])
  })

  it('signs out', async () => {
    const { access } = await signIn()
    const response = await fetch(`${url}/logout`, { method: 'DELETE', headers: bearer(access) })
    expect(response.headers.getSetCookie()).toHaveLength(4)
    expect(await ask('/protected', bearer(access))).toEqual([401, { msg: 'Token has been revoked' }])
    expect(await ask('/skip', bearer(access))).toEqual([200, { ok: true }])
  })

  it('refuses who is banned and who is gone', async () => {
    const banned = await jwt.createAccessToken(ada, { claims: { tenant: 'banned' } })
    expect(await ask('/protected', bearer(banned))).toEqual([400, { msg: 'User claims verification failed' }])
    const gone = await jwt.createAccessToken({ id: '9', name: 'Eve' })
    expect(await ask('/protected', bearer(gone))).toEqual([401, { msg: 'Error loading the user 9' }])
  })
})

describe('the other managers of the migration guide', () => {
  it('strict, with our own names', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwt = strictManager(privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const { claims, header } = await jwt.authenticate(await jwt.createAccessToken('42'))
    expect(claims).toMatchObject({
      iss: 'https://auth.acme.example',
      aud: 'orders',
      csrf: expect.any(String),
    })
    expect(header).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
    expect(jwt.transport).toMatchObject({ header: { name: 'x-auth' }, cookies: { domain: 'acme.example' } })
  })

  it('sessions that take over who was signed in', async () => {
    const auth = movedSessions(memoryStore(), new Map([['7', ada]]), { JWT_SECRET_KEY: SECRET })
    const { accessToken } = await auth.refresh(await jwt.createRefreshToken(ada))
    expect(await auth.authenticate(accessToken)).toMatchObject({ identity: '7', user: ada })
    const revoked = await jwt.createRefreshToken(ada)
    blocklist.add(decodeUnverified(revoked).claims['jti'])
    await expect(auth.refresh(revoked)).rejects.toMatchObject({ code: 'invalid_grant' })
    await auth.close()
  })

  it('keys by tenant', async () => {
    const jwt: JwtManager<unknown, object> = tenantManager({
      red: `red ${SECRET}`,
      blue: `blue ${SECRET}`,
    }) as never
    const token = await jwt.createAccessToken({ id: '42', tenant: 'red' })
    expect(await jwt.authenticate(token)).toMatchObject({ identity: '42', header: { kid: 'red' } })
    const other = tenantManager({ blue: `blue ${SECRET}`, green: `green ${SECRET}` })
    expect(() => other.authenticate(token)).toThrow('Signature verification failed')
  })

  it('what stays with Flask', async () => {
    const jwt = legacyManager(SECRET)
    const token = await jwt.createAccessToken('42')
    expect((await jwt.authenticate(token)).claims).toMatchObject({ uid: '42' })
    expect((await jwt.authenticate(token)).claims).not.toHaveProperty('nbf')
  })
})
