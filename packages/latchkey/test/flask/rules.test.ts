import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ask, bearer, claimsIn, forged, headerIn, managed, SECRET } from './managed.ts'

const later = Math.floor(Date.now() / 1000) + 300
const good = { sub: '42', exp: later, type: 'access', fresh: false, jti: 'a' }
const use = (claims: object, options: object = {}, header?: object): Promise<unknown> =>
  ask(managed(), { headers: bearer(forged(claims, header)), ...options })

describe('tokens that are issued', () => {
  it('say what the peer says, in its order', async () => {
    const jwt = managed({ JWT_ENCODE_AUDIENCE: 'api', JWT_ENCODE_ISSUER: 'auth' })
    const token = await jwt.createAccessToken('42', { claims: { role: 'x' } })
    expect(Object.keys(claimsIn(token))).toEqual([
      'fresh',
      'iat',
      'jti',
      'type',
      'sub',
      'nbf',
      'csrf',
      'aud',
      'iss',
      'exp',
      'role',
    ])
    expect(headerIn(token)).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(claimsIn(token)['jti']).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  it('T-18: let the call win over the hooks, and both over the built-in claims', async () => {
    const jwt = managed({}, { claims: () => ({ role: 'hook', type: 'hook', iss: 'hook' }) })
    const claims = claimsIn(
      await jwt.createAccessToken('42', { claims: { role: 'call', exp: 4_102_444_800 } }),
    )
    expect(claims).toMatchObject({ role: 'call', type: 'hook', iss: 'hook', exp: 4_102_444_800 })
  })

  it('T-29: never write to what a hook returned', async () => {
    const shared = Object.freeze({ shared: true })
    const jwt = managed({}, { claims: () => shared, headers: () => Object.freeze({ kid: 'k' }) })
    await jwt.createAccessToken('alice', { claims: { admin: true }, headers: { 'x-a': 1 } })
    const token = await jwt.createAccessToken('bob')
    expect(claimsIn(token)).not.toHaveProperty('admin')
    expect(headerIn(token)).not.toHaveProperty('x-a')
  })

  it('hand what was passed as the identity to the hooks, and its id to the claim', async () => {
    const jwt = managed(
      { JWT_IDENTITY_CLAIM: 'uid' },
      {
        identityOf: (user) => (user as { id: string }).id,
        claims: (user) => ({ name: (user as { name: string }).name }),
      },
    )
    const claims = claimsIn(await jwt.createAccessToken({ id: '7', name: 'Seven' }))
    expect(claims).toMatchObject({ uid: '7', name: 'Seven' })
    expect(claims).not.toHaveProperty('sub')
  })

  it('have no nbf and no csrf where the options say so, and no typ where the call does', async () => {
    const jwt = managed({ JWT_ENCODE_NBF: false, JWT_COOKIE_CSRF_PROTECT: false })
    const token = await jwt.createAccessToken('42', { headers: { typ: null } })
    expect(Object.keys(claimsIn(token))).toEqual(['fresh', 'iat', 'jti', 'type', 'sub', 'exp'])
    expect(headerIn(token)).toEqual({ alg: 'HS256' })
    expect(await ask(jwt, { headers: bearer(token) })).toBe('42')
  })

  it.each([
    [{ kid: 5 }, 'Key ID header parameter must be a string'],
    [{ crit: ['exp'] }, 'Unsupported critical extension: exp'],
  ])('T-06: refuse the header %j, as 422', async (headers, text) => {
    await expect(managed().createAccessToken('42', { headers })).rejects.toMatchObject({
      code: 'invalid_token',
      message: text,
    })
  })

  it('with a life of zero look as the peer writes them, and are over at once', async () => {
    const jwt = managed({ JWT_ACCESS_TOKEN_EXPIRES: 0 })
    const token = await jwt.createAccessToken('42')
    expect(claimsIn(token)).not.toHaveProperty('exp')
    expect(await ask(jwt, { headers: bearer(token) })).toEqual([401, 'Token has expired'])
    expect(await jwt.decode(token, { allowExpired: true })).toMatchObject({ sub: '42' })
    const named = await jwt.createAccessToken('42', { claims: { jti: 'own' } })
    expect(await ask(jwt, { headers: bearer(named) })).toEqual([401, 'Token has expired'])
  })

  it('take a Date for a time claim', async () => {
    const token = await managed().createAccessToken('42', { claims: { exp: new Date(4_102_444_800_500) } })
    expect(claimsIn(token)['exp']).toBe(4_102_444_800)
  })
})

describe('tokens that come back', () => {
  it('T-25, T-26: kinds stay apart by the claim, and by a header typ of ours', async () => {
    const refresh = { ...good, type: 'refresh' }
    expect(await use(refresh)).toEqual([422, 'Only non-refresh tokens are allowed'])
    expect(await use(good, { refresh: true })).toEqual([422, 'Only refresh tokens are allowed'])
    expect(await use(good, {}, { typ: 'rt+jwt' })).toEqual([422, 'Only non-refresh tokens are allowed'])
    expect(await use(refresh, { refresh: true }, { typ: 'application/AT+JWT' })).toEqual([
      422,
      'Only refresh tokens are allowed',
    ])
    expect(await use(good, {}, { typ: 'at+jwt' })).toBe('42')
    expect(await use(refresh, { verifyType: false })).toBe('42')
  })

  it('T-12: the last of two claims counts, never in a header', async () => {
    const jwt = managed()
    const token = forged(good)
    const twice = (text: string): string => Buffer.from(text).toString('base64url')
    const [, payload = '', signature = ''] = token.split('.')
    const header = twice('{"alg":"HS256","alg":"HS256","typ":"JWT"}')
    expect(await ask(jwt, { headers: bearer(`${header}.${payload}.${signature}`) })).toEqual([
      422,
      expect.any(String),
    ])
  })

  it.each([
    ['exp', null, 'Expiration Time claim (exp) must be an integer.'],
    ['exp', {}, 'Expiration Time claim (exp) must be an integer.'],
    ['nbf', [1], 'Not Before claim (nbf) must be an integer.'],
    ['iat', '12 months', 'Issued At claim (iat) must be an integer.'],
    ['iat', later, 'The token is not yet valid (iat)'],
    ['nbf', String(later), 'The token is not yet valid (nbf)'],
    ['jti', 5, 'JWT ID must be a string'],
    ['sub', 5, 'Subject must be a string'],
  ])('T-14: a claim %s of %j is 422', async (name, value, text) => {
    expect(await use({ ...good, [name]: value })).toEqual([422, text])
  })

  it.each([['\ufeff1000'], ['\u200b1000'], ['5.0'], ['1e3'], ['0x10'], ['_1'], ['1__0'], [''], [[]]])(
    'exp of %j is no time',
    async (exp) => {
      expect(await use({ ...good, exp })).toEqual([422, 'Expiration Time claim (exp) must be an integer.'])
    },
  )

  it.each([['1_000'], [' 1000 '], ['\u00851000\u3000'], [true], [1000.9], [-5], ['+7']])(
    'exp of %j is a time that has passed',
    async (exp) => {
      expect(await use({ ...good, exp })).toEqual([401, 'Token has expired'])
    },
  )

  it('another fault of an expired token is told first', async () => {
    const old = { ...good, exp: 1000 }
    expect(await use({ ...old, sub: 5 })).toEqual([422, 'Subject must be a string'])
    expect(await use({ ...old, type: 'refresh' })).toEqual([401, 'Token has expired'])
    const jwt = managed({ JWT_DECODE_AUDIENCE: 'api' })
    expect(await ask(jwt, { headers: bearer(forged({ ...old, aud: 'x' })) })).toEqual([
      422,
      "Audience doesn't match",
    ])
  })

  it.each([
    [[], undefined, 'Token is missing the "aud" claim'],
    [[], 'api', "Audience doesn't match"],
    [['a', 'api'], 'api', null],
    ['api', ['x', 'api'], null],
    ['api', ['x', 5], 'Invalid claim format in token'],
    ['api', { api: 1 }, 'Invalid claim format in token'],
    ['api', [], 'Token is missing the "aud" claim'],
  ])('T-16: an expected audience %j and aud %j', async (audience, aud, text) => {
    const jwt = managed({ JWT_DECODE_AUDIENCE: audience })
    const answer = await ask(jwt, { headers: bearer(forged({ ...good, aud })) })
    expect(answer).toEqual(text === null ? '42' : [422, text])
  })

  it('T-15: one of several issuers', async () => {
    const jwt = managed({ JWT_DECODE_ISSUER: ['auth', 'old'] })
    const answer = (iss: unknown): Promise<unknown> => ask(jwt, { headers: bearer(forged({ ...good, iss })) })
    expect(await answer('old')).toBe('42')
    expect(await answer(['old'])).toEqual([422, 'Invalid issuer'])
    expect(await answer(undefined)).toEqual([422, 'Token is missing the "iss" claim'])
  })

  it('the leeway is for exp, nbf and iat, not for freshness', async () => {
    const jwt = managed({ JWT_DECODE_LEEWAY: '10m' })
    const now = Math.floor(Date.now() / 1000)
    const claims = { ...good, exp: now - 60, nbf: now + 60, iat: now + 60, fresh: now - 60 }
    expect(await ask(jwt, { headers: bearer(forged(claims)) })).toBe('42')
    expect(await ask(jwt, { headers: bearer(forged(claims)), fresh: true })).toEqual([
      401,
      'Fresh token required',
    ])
  })

  it('T-23: claims named like parts of objects are claims and nothing else', async () => {
    const token = forged(JSON.parse('{"sub":"42","__proto__":{"admin":true},"constructor":1,"toString":2}'))
    const claims = await managed().decode(token)
    expect((claims as { admin?: unknown }).admin).toBeUndefined()
    expect(claims['constructor']).toBe(1)
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
  })

  it('missing claims have the defaults of the peer', async () => {
    expect(await managed().decode(forged({ sub: '42' }))).toEqual({
      sub: '42',
      type: 'access',
      fresh: false,
      jti: null,
    })
  })

  it('T-13: a header or payload that only Python reads is refused, and named', async () => {
    const jwt = managed()
    const raw = (text: string): string => Buffer.from(text).toString('base64url')
    const [header = '', payload = '', signature = ''] = forged(good).split('.')
    for (const text of ['{"alg":"HS256","x":NaN}', '\ufeff{"alg":"HS256"}'])
      expect(await ask(jwt, { headers: bearer(`${raw(text)}.${payload}.${signature}`) })).toEqual([
        422,
        expect.stringMatching(/^Invalid header string: /),
      ])
    const input = `${header}.${raw('{"sub":"42","x":NaN}')}`
    const mac = createHmac('sha256', SECRET).update(input).digest('base64url')
    expect(await ask(jwt, { headers: bearer(`${input}.${mac}`) })).toEqual([
      422,
      expect.stringMatching(/^Invalid payload string: /),
    ])
  })

  it('T-11, T-09: bounds that the peer does not have are 422 as well', async () => {
    const jwt = managed()
    expect(await ask(jwt, { headers: bearer('a'.repeat(9000)) })).toEqual([422, 'The token is too large.'])
    const token = forged(good)
    for (const other of [`${token}=`, `${token}!!!!`, `${token}\u00e9`, `!${token}`])
      expect(await ask(jwt, { headers: bearer(other) })).toEqual([422, expect.any(String)])
  })

  it('T-20: a CSRF value is compared whole', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: 'cookies' })
    const cookie = `access_token_cookie=${forged({ ...good, csrf: 'csrf-1' })}`
    const post = (value: string): Promise<unknown> =>
      ask(jwt, { method: 'POST', headers: { cookie, 'x-csrf-token': value } })
    expect(await post('csrf-1')).toBe('42')
    for (const value of ['csrf-', 'csrf-12', 'csrf-2', 'caf\u00e9'])
      expect(await post(value)).toEqual([401, 'CSRF double submit tokens do not match'])
  })

  it('T-21: a remembered token is judged anew, in the same words', async () => {
    const revoked = new Set<unknown>()
    const jwt = managed({}, { isRevoked: ({ jti }) => revoked.has(jti) })
    const headers = bearer(forged(good))
    for (const _ of [1, 2, 3]) expect(await ask(jwt, { headers })).toBe('42')
    expect(await ask(jwt, { headers, refresh: true })).toEqual([422, 'Only refresh tokens are allowed'])
    revoked.add('a')
    expect(await ask(jwt, { headers })).toEqual([401, 'Token has been revoked'])
  })
})

describe('users', () => {
  it.each([
    ['ghost', 'ghost'],
    [7, '7'],
    [null, 'None'],
    [true, 'True'],
    [{ id: 1, tags: ['a', "it's"] }, `{'id': 1, 'tags': ['a', "it's"]}`],
  ])('an identity %j that loads nobody is printed as Python does', async (sub, text) => {
    const jwt = managed({ JWT_VERIFY_SUB: false }, { loadUser: () => null })
    expect(await ask(jwt, { headers: bearer(forged({ ...good, sub })) })).toEqual([
      401,
      `Error loading the user ${text}`,
    ])
  })

  it('T-29: a hook that fails refuses with 503', async () => {
    const jwt = managed({}, { loadUser: () => Promise.reject(new Error('down')) })
    expect(await ask(jwt, { headers: bearer(forged(good)) })).toEqual([503, expect.any(String)])
  })
})
