import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type Listening, listen, PASSWORD, type Pair, signUp } from './in-process.ts'
import { ISSUER } from './process.ts'

let server: Listening
let pair: Pair

beforeAll(async () => {
  server = await listen()
  pair = await signUp(server.url, 'ada')
})
afterAll(() => server.close())

const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init)
const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

/** Bytes as they are, past everything that a client library would mend. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.end(bytes)
  return text(socket)
}

async function expectRefusal(response: Response, status: number, error: string): Promise<void> {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const body = await response.json()
  expect(body).toMatchObject({ error, msg: expect.stringMatching(/^[A-Z"].{5,}\.$/) })
}

describe('what the server says of itself', () => {
  const everyRoute = [
    '/healthz',
    '/readyz',
    '/protected',
    '/whoami',
    '/sessions',
    '/login',
    '/register',
    '/refresh',
    '/logout',
    '/password',
    '/revoke',
    '/.well-known/jwks.json',
    '/.well-known/oauth-authorization-server',
    '/nowhere',
    '//evil.example/whoami',
  ]

  it('H-18, I-89: comes from its configuration, whatever a request says of hosts, and leads nobody elsewhere', async () => {
    const { port } = new URL(server.url)
    for (const path of everyRoute) {
      for (const method of ['GET', 'POST']) {
        const answer = await raw(
          [
            `${method} ${path} HTTP/1.1`,
            'Host: evil.example',
            'X-Forwarded-Host: evil.example',
            'X-Forwarded-Proto: http',
            'X-Original-URL: https://evil.example/',
            'Forwarded: host=evil.example',
            'Origin: https://evil.example',
            'Referer: https://evil.example/',
            'Content-Length: 0',
            'Connection: close',
            '\r\n',
          ].join('\r\n'),
        )
        expect(answer, `${method} ${path} on ${port}`).toMatch(/^HTTP\/1\.1 [245]/)
        expect(answer, `${method} ${path}`).not.toMatch(/evil\.example|^location:|^refresh:/im)
      }
    }
    const metadata = await (await ask('/.well-known/oauth-authorization-server')).json()
    expect(metadata).toMatchObject({ issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks.json` })
  })

  it('P-12: has no account of its own, and gives nobody who registers a scope', async () => {
    const fresh = await listen()
    expect(await fresh.store.users.list({ after: null, limit: 10 })).toEqual([])
    for (const username of ['admin', 'administrator', 'root', 'latchkey', 'test', 'user']) {
      for (const password of [username, 'admin', 'password', 'changeme', 'latchkey', '']) {
        const login = await fetch(`${fresh.url}/login`, json(JSON.stringify({ username, password })))
        expect(login.status).toBe(401)
      }
    }
    const { access_token } = await signUp(fresh.url, 'admin')
    const { claims } = (await (await fetch(`${fresh.url}/whoami`, bearer(access_token))).json()) as {
      claims: object
    }
    expect(claims).not.toHaveProperty('scope')
    const asked = { username: 'root', password: PASSWORD, scope: 'admin' }
    expect((await fetch(`${fresh.url}/register`, json(JSON.stringify(asked)))).status).toBe(400)
    await fresh.close()
  })
})

describe('what the server refuses, it refuses with 4xx, an error and a message (H-13, H-14, H-17, H-20)', () => {
  const credentials = (changes: object): string =>
    JSON.stringify({ username: 'bob', password: PASSWORD, ...changes })

  it.each<[string, string, RequestInit, number, string]>([
    ['no body', '/login', { method: 'POST' }, 400, 'invalid_request'],
    ['an empty body', '/login', json(''), 400, 'invalid_request'],
    ['what is not JSON', '/login', json('{'), 400, 'invalid_request'],
    ['a JSON list', '/login', json('[]'), 400, 'invalid_request'],
    ['a JSON text', '/login', json('"ada"'), 400, 'invalid_request'],
    [
      'duplicate members',
      '/login',
      json('{"username":"a","username":"b","password":"c"}'),
      400,
      'invalid_request',
    ],
    [
      'a form',
      '/login',
      { method: 'POST', body: new URLSearchParams({ username: 'ada' }) },
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      '/login',
      json('{}', { 'content-encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    ['a missing field', '/login', json('{"username":"ada"}'), 400, 'invalid_input'],
    ['a number for a name', '/login', json(credentials({ username: 7 })), 400, 'invalid_input'],
    ['a list for a name', '/register', json(credentials({ username: ['bob'] })), 400, 'invalid_input'],
    ['an object for a password', '/register', json(credentials({ password: {} })), 400, 'invalid_input'],
    ['null for a password', '/register', json(credentials({ password: null })), 400, 'invalid_input'],
    ['a field that is not ours', '/register', json(credentials({ role: 'admin' })), 400, 'invalid_input'],
    ['a weak password', '/register', json(credentials({ password: 'short' })), 400, 'weak_password'],
    ['a name that is taken', '/register', json(credentials({ username: 'ADA' })), 409, 'account_taken'],
    ['a body of 1 MB', '/register', json(credentials({ username: 'x'.repeat(1e6) })), 413, 'too_large'],
    ['no refresh token', '/refresh', { method: 'POST' }, 401, 'missing_token'],
    ['a refresh token of the wrong type', '/refresh', json('{"refresh_token":7}'), 400, 'invalid_input'],
    ['a made-up refresh token', '/refresh', json('{"refresh_token":"a.b.c"}'), 401, 'invalid_grant'],
    ['an unknown path', '/nothing/here', {}, 404, 'not_found'],
    ['an unknown path with a body', '/nothing', json('{}'), 404, 'not_found'],
    ['a wrong method', '/login', {}, 405, 'method_not_allowed'],
    ['a wrong method of our own route', '/protected', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['no token', '/protected', {}, 401, 'missing_token'],
    ['no token at whoami', '/whoami', {}, 401, 'missing_token'],
    ['a scheme of two tokens', '/whoami', bearer('a b'), 401, 'invalid_token'],
    ['a token that is none', '/protected', bearer('abc'), 401, 'invalid_token'],
    ['an empty token', '/protected', { headers: { authorization: 'Bearer' } }, 401, 'invalid_token'],
    ['bytes over 0x7F', '/protected', { headers: { authorization: 'Bearer é' } }, 401, 'invalid_token'],
    ['percent signs', '/protected', bearer('%00%zz'), 401, 'invalid_token'],
    [
      'somebody else’s scheme',
      '/protected',
      { headers: { authorization: 'Basic YTpi' } },
      401,
      'missing_token',
    ],
  ])('%s', async (_title, path, init, status, error) => {
    await expectRefusal(await ask(path, init), status, error)
  })

  it('a refresh token where an access token belongs, and the other way round', async () => {
    await expectRefusal(await ask('/protected', bearer(pair.refresh_token)), 401, 'wrong_token_type')
    await expectRefusal(
      await ask('/refresh', { method: 'POST', ...bearer(pair.access_token) }),
      401,
      'invalid_grant',
    )
  })

  it('a wrong password, with the words of old', async () => {
    const response = await ask(
      '/login',
      json(JSON.stringify({ username: 'ada', password: 'not the password of ada' })),
    )
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ msg: 'Bad username or password', error: 'invalid_credentials' })
  })

  it('more than 64 headers, and more than 16 KiB of them', async () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`x-${index}`, '1']))
    await expectRefusal(await ask('/healthz', { headers: many }), 431, 'headers_too_large')
    const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(answer).toContain('"error":"headers_too_large"')
  })

  it.each([
    ['bytes that are not HTTP', 'hello\r\n\r\n'],
    [
      'two lengths',
      'POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    ],
    [
      'a length and chunks',
      'POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    [
      'an absolute path of another host',
      'GET http://evil.example/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ],
    ['a broken Host', 'GET /whoami HTTP/1.1\r\nHost: a b%\r\nConnection: close\r\n\r\n'],
  ])('%s', async (_title, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*\{[^}]*"error":"[a-z_]+"/)
  })
})

describe('every answer', () => {
  it.each(['/healthz', '/nothing', '/protected', '/.well-known/jwks.json', '/login'])(
    'of %s has the security headers (H-12)',
    async (path) => {
      const { headers } = await ask(path)
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('strict-transport-security')).toBeNull()
      expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull()
    },
  )

  it('has HSTS where the issuer has TLS', async () => {
    const secure = await listen({ issuer: 'https://auth.example.com' })
    const { headers } = await fetch(`${secure.url}/healthz`)
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    await secure.close()
  })
})

describe('the routes', () => {
  it('/protected greets who is signed in', async () => {
    const response = await ask('/protected', bearer(pair.access_token))
    expect([response.status, await response.json()]).toEqual([200, { msg: 'Hello ada, your token is good.' }])
    const without = await ask('/protected')
    expect(without.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
  })

  it('/.well-known/oauth-authorization-server names the issuer and where its keys are', async () => {
    const metadata = await (await ask('/.well-known/oauth-authorization-server')).json()
    expect(metadata).toMatchObject({
      issuer: 'http://localhost:8787',
      jwks_uri: 'http://localhost:8787/.well-known/jwks.json',
    })
    const { keys } = (await (await ask('/.well-known/jwks.json')).json()) as { keys: object[] }
    expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519' })
    expect(JSON.stringify(keys)).not.toMatch(/"d":/)
  })

  it('/readyz says no once the server is stopping, or its store is away', async () => {
    const other = await listen()
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200)
    other.startDraining()
    const stopping = await fetch(`${other.url}/readyz`)
    expect([
      stopping.status,
      stopping.headers.get('retry-after'),
      stopping.headers.get('connection'),
    ]).toEqual([503, '1', 'close'])
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200)
    await other.close()
  })
})

describe('who asks', () => {
  const addressSeen = async (changes: object): Promise<unknown> => {
    const other = await listen(changes)
    const forwarded = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' }
    const credentials = JSON.stringify({ username: 'ada', password: PASSWORD })
    await fetch(`${other.url}/register`, json(credentials))
    const { access_token } = (await (
      await fetch(`${other.url}/login`, json(credentials, forwarded))
    ).json()) as Pair
    const { sessions } = (await (await fetch(`${other.url}/sessions`, bearer(access_token))).json()) as {
      sessions: { address: string }[]
    }
    await other.close()
    return sessions[0]?.address
  }

  it('is who the socket says, whatever X-Forwarded-For claims (H-15)', async () => {
    expect(await addressSeen({})).toBe('127.0.0.1')
  })

  it('is who the trusted proxy says', async () => {
    expect(await addressSeen({ trustProxy: 1 })).toBe('203.0.113.9')
    expect(await addressSeen({ trustProxy: ['127.0.0.0/8', '203.0.113.0/24'] })).toBe('198.51.100.7')
  })

  it('guesses a few times, then waits (L-02, L-04)', async () => {
    const limited = await listen({ limits: true })
    const guess = (): Promise<Response> =>
      fetch(
        `${limited.url}/login`,
        json(JSON.stringify({ username: 'ada', password: 'a guess like any other' })),
      )
    const statuses: number[] = []
    for (let guesses = 0; guesses < 12 && statuses.at(-1) !== 429; guesses++)
      statuses.push((await guess()).status)
    expect(statuses.at(-1)).toBe(429)
    expect(statuses.length).toBeGreaterThan(4)
    expect(Number((await guess()).headers.get('retry-after'))).toBeGreaterThan(0)
    await limited.close()
  })
})

it.skipIf(process.env['LATCHKEY_TEST_TIER'] !== 'f')(
  'gives up on headers that do not arrive',
  { timeout: 30_000 },
  async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"error":"invalid_request"/)
  },
)
