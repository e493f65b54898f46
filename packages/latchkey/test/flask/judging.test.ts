import { createGuard } from 'latchkey/http'
import { describe, expect, it } from 'vitest'
import { ask, bearer, forged, managed, SECRET } from './managed.ts'

const now = Math.floor(Date.now() / 1000)
const good = { sub: '42', type: 'access', fresh: true, jti: 'a', csrf: 'csrf-1' }
const refused = {
  expired: [401, 'Token has expired'],
  type: [422, 'Only non-refresh tokens are allowed'],
  stale: [401, 'Fresh token required'],
  revoked: [401, 'Token has been revoked'],
  unverified: [400, 'User claims verification failed'],
  nobody: [401, 'Error loading the user 42'],
}

describe('the order of checks', () => {
  const all = { isRevoked: () => true, acceptClaims: () => false, loadUser: () => null }
  const ofAll = (claims: object): Promise<unknown> =>
    ask(managed({}, all), { headers: bearer(forged(claims)), fresh: true })

  it('expired, then type, freshness, revocation, verification, user: the first fault is told', async () => {
    const worst = { ...good, exp: 5, type: 'refresh', fresh: false }
    expect(await ofAll(worst)).toEqual(refused.expired)
    expect(await ofAll({ ...worst, exp: now + 60 })).toEqual(refused.type)
    expect(await ofAll({ ...worst, exp: now + 60, type: 'access' })).toEqual(refused.stale)
    expect(await ofAll(good)).toEqual(refused.revoked)
    const { acceptClaims, loadUser } = all
    const without = (hooks: object): Promise<unknown> =>
      ask(managed({}, hooks), { headers: bearer(forged(good)), fresh: true })
    expect(await without({ acceptClaims, loadUser })).toEqual(refused.unverified)
    expect(await without({ loadUser })).toEqual(refused.nobody)
    expect(await without({})).toBe('42')
  })

  it('iat, nbf, exp, iss, aud, sub, jti, identity: each is told before the ones after it', async () => {
    const jwt = managed({ JWT_DECODE_ISSUER: 'auth', JWT_DECODE_AUDIENCE: 'api', JWT_IDENTITY_CLAIM: 'uid' })
    const mended = { iat: now, nbf: now, iss: 'auth', aud: 'api', sub: '42', jti: 'a', uid: '42' }
    const texts = {
      iat: 'The token is not yet valid (iat)',
      nbf: 'The token is not yet valid (nbf)',
      iss: 'Invalid issuer',
      aud: "Audience doesn't match",
      sub: 'Subject must be a string',
      jti: 'JWT ID must be a string',
      uid: 'Missing claim: uid',
    }
    let claims: object = { iat: now + 60, nbf: now + 60, iss: 'x', aud: 'x', sub: 5, jti: 5 }
    for (const name of Object.keys(texts) as (keyof typeof texts)[]) {
      expect(await ask(jwt, { headers: bearer(forged(claims)) })).toEqual([422, texts[name]])
      claims = { ...claims, [name]: mended[name] }
    }
    expect(await ask(jwt, { headers: bearer(forged(claims)) })).toBe('42')
  })

  it('a missing CSRF value is told before the token is looked at, a wrong one after all of its claims', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: 'cookies', JWT_DECODE_AUDIENCE: 'api' })
    const post = (token: string, csrf?: string): Promise<unknown> =>
      ask(jwt, {
        method: 'POST',
        headers: {
          cookie: `access_token_cookie=${token}`,
          ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
        },
      })
    expect(await post('junk')).toEqual([401, 'Missing CSRF token'])
    expect(await post('junk', 'x')).toEqual([422, 'Not enough segments'])
    expect(await post(forged(good), 'x')).toEqual([422, 'Token is missing the "aud" claim'])
    expect(await post(forged({ sub: '42', aud: 'api' }), 'x')).toEqual([422, 'Missing claim: csrf'])
    const mismatch = [401, 'CSRF double submit tokens do not match']
    expect(await post(forged({ ...good, aud: 'api', exp: 5, type: 'refresh' }), 'x')).toEqual(mismatch)
    expect(await post(forged({ ...good, aud: 'api', exp: 5 }), 'csrf-1')).toEqual(refused.expired)
  })

  it('T-06: kid and crit are told before the payload, the payload before the algorithm and the signature', async () => {
    const raw = (text: string): string => Buffer.from(text).toString('base64url')
    const answer = (header: string, payload: string): Promise<unknown> =>
      ask(managed(), { headers: bearer(`${raw(header)}.${raw(payload)}.AAAA`) })
    expect(await answer('{"alg":"x","kid":5}', 'x')).toEqual([
      422,
      'Key ID header parameter must be a string',
    ])
    expect(await answer('{"alg":"x","crit":[]}', 'x')).toEqual([
      422,
      "Invalid 'crit' header: must be a non-empty list",
    ])
    expect(await answer('{"alg":"x"}', '[]')).toEqual([422, 'Invalid payload string: must be a json object'])
    expect(await answer('{"alg":"x"}', '{"exp":5}')).toEqual([422, 'The specified alg value is not allowed'])
    expect(await answer('{}', '{"exp":5}')).toEqual([422, 'Algorithm not specified'])
    expect(await answer('{"alg":"HS256"}', '{"exp":5}')).toEqual([422, 'Signature verification failed'])
  })
})

describe('optional routes', () => {
  const hooks = {
    isRevoked: ({ jti }: { jti: string }) => jti === 'revoked',
    acceptClaims: ({ tenant }: { tenant?: unknown }) => tenant !== 'banned',
    loadUser: ({ sub }: { sub: string }) => (sub === 'ghost' ? null : { sub }),
  }
  const jwt = managed({ JWT_TOKEN_LOCATION: ['headers', 'cookies', 'query_string', 'json'] }, hooks as object)

  it.each<[string, object, object, unknown]>([
    ['an expired token', { exp: 5 }, {}, refused.expired],
    ['a token of the wrong kind', { type: 'refresh' }, {}, refused.type],
    ['a stale token', { fresh: false }, { fresh: true }, refused.stale],
    ['a revoked token', { jti: 'revoked' }, {}, refused.revoked],
    ['claims that are not accepted', { tenant: 'banned' }, {}, refused.unverified],
    ['a user who is not there', { sub: 'ghost' }, {}, [401, 'Error loading the user ghost']],
    ['a subject that is no text', { sub: 5 }, {}, [422, 'Subject must be a string']],
  ])('refuse %s as any other route', async (_, claims, options, answer) => {
    const headers = bearer(forged({ ...good, ...claims }))
    expect(await ask(jwt, { headers, optional: true, ...options })).toEqual(answer)
  })

  it('refuse what is malformed, wherever it lies', async () => {
    const bad = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
    const forgery = forged(good).replace(/.{5}$/, 'AAAAA')
    expect(await ask(jwt, { headers: { authorization: 'Bearer' }, optional: true })).toEqual([422, bad])
    expect(await ask(jwt, { headers: { authorization: 'Bearer a b' }, optional: true })).toEqual([422, bad])
    expect(await ask(jwt, { headers: bearer(forgery), optional: true })).toEqual([
      422,
      'Signature verification failed',
    ])
    const prefixed = managed({
      JWT_TOKEN_LOCATION: 'query_string',
      JWT_QUERY_STRING_VALUE_PREFIX: 'Bearer ',
    })
    expect(await ask(prefixed, { query: { jwt: forged(good) }, optional: true })).toEqual([
      422,
      "Invalid value for query parameter 'jwt'. Expected the value to start with 'Bearer '",
    ])
  })

  it('take absence for nobody, in every place', async () => {
    for (const headers of [{}, { authorization: '' }, { authorization: 'Basic x' }, { cookie: 'a=b' }])
      expect(await ask(jwt, { headers, optional: true })).toBeNull()
    expect(await ask(jwt, { query: { jwt: '' }, optional: true })).toBeNull()
  })
})

describe('several places', () => {
  const order = ['headers', 'cookies', 'query_string', 'json'] as const
  const other = forged({ ...good, sub: 'other' })
  const json = { 'content-type': 'application/json' }

  it('are looked at in the configured order; the first that holds a token counts, and no other', async () => {
    for (const places of [order, [...order].reverse()]) {
      const jwt = managed({ JWT_TOKEN_LOCATION: places })
      const where = async (request: object): Promise<unknown> =>
        (
          await createGuard(jwt)({
            method: 'GET',
            header: (name) => (request as { headers: Record<string, string> }).headers[name],
            query: () => [other],
            body: () => Buffer.from(JSON.stringify({ access_token: other })),
          })
        ).location
      const headers = { ...json, ...bearer(other), cookie: `access_token_cookie=${other}` }
      expect(await where({ headers })).toBe(places[0])
    }
  })

  it('what is found and bad is final, though another place has a good token', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: order })
    const query = { jwt: other }
    expect(await ask(jwt, { headers: bearer('junk'), query })).toEqual([422, 'Not enough segments'])
    expect(await ask(jwt, { headers: bearer(forged({ ...good, exp: 5 })), query })).toEqual(refused.expired)
    const cookie = `access_token_cookie=${other}`
    expect(await ask(jwt, { method: 'POST', headers: { cookie }, query })).toEqual([
      401,
      'Missing CSRF token',
    ])
    expect(await ask(jwt, { headers: { authorization: 'Basic x' }, query })).toBe('other')
  })

  it('name all that is missing, in their order', async () => {
    const message = async (places: readonly (typeof order)[number][]): Promise<unknown> =>
      ((await ask(managed({ JWT_TOKEN_LOCATION: places }), {})) as unknown[])[1]
    const [header, cookie, query, body] = [
      'Missing Authorization Header',
      'Missing cookie "access_token_cookie"',
      "Missing 'jwt' query paramater",
      'Invalid content-type. Must be application/json.',
    ]
    expect(await message(['cookies'])).toBe(cookie)
    expect(await message(['cookies', 'headers'])).toBe(
      `Missing JWT in cookies or headers (${cookie}; ${header})`,
    )
    expect(await message(order)).toBe(
      `Missing JWT in headers, cookies, query_string or json (${header}; ${cookie}; ${query}; ${body})`,
    )
  })

  it('a route may name its own, also such as are not configured; an empty list is refused when it is made', async () => {
    const jwt = managed()
    const query = { jwt: other }
    expect(await ask(jwt, { query, locations: 'query' })).toBe('other')
    expect(await ask(jwt, { query, locations: ['headers', 'query'] })).toBe('other')
    expect(await ask(jwt, { query })).toEqual([401, 'Missing Authorization Header'])
    expect(() => createGuard(jwt, { locations: [] })).toThrow(TypeError)
  })
})

describe('kinds and freshness', () => {
  it.each([['app'], [5], [null], ['Refresh'], [['refresh']], [true], ['']])(
    'T-25: the type %j is no refresh token, and so good on any other route',
    async (type) => {
      const headers = bearer(forged({ ...good, type }))
      expect(await ask(managed(), { headers })).toBe('42')
      expect(await ask(managed(), { headers, refresh: true })).toEqual([
        422,
        'Only refresh tokens are allowed',
      ])
      expect(await ask(managed(), { headers, refresh: true, verifyType: false })).toBe('42')
    },
  )

  it('verifyType: false looks for the cookie that the route asks for all the same', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: 'cookies' })
    const refresh = forged({ ...good, type: 'refresh' })
    const headers = { cookie: `refresh_token_cookie=${refresh}` }
    expect(await ask(jwt, { headers, verifyType: false })).toEqual([
      401,
      'Missing cookie "access_token_cookie"',
    ])
    expect(await ask(jwt, { headers, verifyType: false, refresh: true })).toBe('42')
    const swapped = { cookie: `access_token_cookie=${refresh}` }
    expect(await ask(jwt, { headers: swapped, verifyType: false })).toBe('42')
  })

  it.each<[unknown, boolean]>([
    [true, true],
    [now + 60, true],
    [now + 60.5, true],
    [false, false],
    [undefined, false],
    [now - 60, false],
    [0, false],
    [1, false],
    [null, false],
    ['true', false],
    [[], false],
    [{}, false],
  ])('T-27: the claim fresh %j makes a token fresh: %j', async (fresh, isFresh) => {
    const headers = bearer(forged({ ...good, fresh }))
    expect(await ask(managed(), { headers, fresh: true })).toEqual(isFresh ? '42' : refused.stale)
  })

  it('a refresh token is not fresh, unless its claim was overridden', async () => {
    const jwt = managed()
    const stale = await jwt.createRefreshToken('42')
    const fresh = await jwt.createRefreshToken('42', { claims: { fresh: true } })
    expect(await ask(jwt, { headers: bearer(stale), refresh: true, fresh: true })).toEqual(refused.stale)
    expect(await ask(jwt, { headers: bearer(fresh), refresh: true, fresh: true })).toBe('42')
  })

  it('a period of freshness is a time with a fraction, from now on', async () => {
    const jwt = managed()
    const { fresh } = await jwt.decode(await jwt.createAccessToken('42', { fresh: '90s' }))
    expect(fresh).toBeGreaterThan(now + 80)
    expect(fresh).toBeLessThan(now + 400)
  })
})

describe('hooks', () => {
  const headers = bearer(forged(good))

  it.each<[unknown, unknown]>([
    [true, refused.revoked],
    [1, refused.revoked],
    ['yes', refused.revoked],
    [false, '42'],
    [0, '42'],
    ['', '42'],
    [null, '42'],
    [undefined, '42'],
  ])('isRevoked: %j is read as Python reads it, at once or as a promise', async (value, answer) => {
    for (const isRevoked of [() => value, async () => value])
      expect(await ask(managed({}, { isRevoked } as object), { headers })).toEqual(answer)
  })

  it.each<[unknown, unknown]>([
    [true, '42'],
    [1, '42'],
    [false, refused.unverified],
    [0, refused.unverified],
    [null, refused.unverified],
    [undefined, refused.unverified],
  ])('acceptClaims: %j is read as Python reads it, at once or as a promise', async (value, answer) => {
    for (const acceptClaims of [() => value, async () => value])
      expect(await ask(managed({}, { acceptClaims } as object), { headers })).toEqual(answer)
  })

  it.each<[unknown, boolean]>([
    [0, true],
    ['', true],
    [false, true],
    [{}, true],
    [null, false],
    [undefined, false],
  ])('loadUser: %j is a user: %j, at once or as a promise', async (value, isUser) => {
    for (const loadUser of [() => value, async () => value])
      expect(await ask(managed({}, { loadUser }), { headers })).toEqual(isUser ? '42' : refused.nobody)
  })

  it('T-29: one that throws or rejects refuses with 503, whichever it is, also where the token is optional', async () => {
    const down = (): never => {
      throw new Error('down')
    }
    for (const name of ['isRevoked', 'acceptClaims', 'loadUser'])
      for (const hook of [down, async () => down()])
        expect(await ask(managed({}, { [name]: hook }), { headers, optional: true })).toEqual([
          503,
          expect.not.stringContaining('down'),
        ])
    for (const name of ['claims', 'headers'])
      await expect(managed({}, { [name]: down }).createAccessToken('42')).rejects.toMatchObject({
        code: 'unavailable',
      })
  })

  it('skipRevocationCheck skips that check and no other', async () => {
    const hooks = { isRevoked: () => true, acceptClaims: () => false }
    expect(await ask(managed({}, { isRevoked: () => true }), { headers, skipRevocationCheck: true })).toBe(
      '42',
    )
    expect(await ask(managed({}, hooks), { headers, skipRevocationCheck: true })).toEqual(refused.unverified)
  })

  it('get the claims with their defaults, and the header', async () => {
    const seen: unknown[] = []
    const isRevoked = (claims: object, header: object): boolean => {
      seen.push({ ...claims }, { ...header })
      return false
    }
    await ask(managed({}, { isRevoked }), { headers: bearer(forged({ sub: '42' }, { kid: 'k' })) })
    expect(seen).toEqual([
      { sub: '42', type: 'access', fresh: false, jti: null },
      { alg: 'HS256', kid: 'k' },
    ])
  })

  it('revoking one kind of token leaves the other alive', async () => {
    const revoked = new Set<unknown>()
    const jwt = managed({}, { isRevoked: ({ jti }) => revoked.has(jti) })
    const [access, refresh] = [await jwt.createAccessToken('42'), await jwt.createRefreshToken('42')]
    revoked.add((await jwt.decode(access)).jti)
    expect(await ask(jwt, { headers: bearer(access) })).toEqual(refused.revoked)
    expect(await ask(jwt, { headers: bearer(refresh), refresh: true })).toBe('42')
  })

  it('the identity hook runs again where its result is passed on as an identity', async () => {
    const jwt = managed({}, { identityOf: (who) => `id-of-${String(who)}` })
    const { sub } = await jwt.decode(await jwt.createRefreshToken('alice'))
    expect((await jwt.decode(await jwt.createAccessToken(sub))).sub).toBe('id-of-id-of-alice')
  })
})

describe('decode', () => {
  const jwt = managed({}, { isRevoked: () => true, acceptClaims: () => false, loadUser: () => null })

  it('asks for no kind, freshness, hook or user', async () => {
    expect(await jwt.decode(forged({ ...good, type: 'refresh' }))).toMatchObject({ sub: '42' })
  })

  it('verifies all the rest, and allowExpired forgives the expiry alone', async () => {
    const rejection = async (claims: object, options: object = {}): Promise<string> => {
      const error = (await jwt.decode(forged(claims), options).catch((thrown: unknown) => thrown)) as Error
      return error.message
    }
    const forgiving = { allowExpired: true }
    expect(await jwt.decode(forged({ ...good, exp: 5 }), forgiving)).toMatchObject({ exp: 5 })
    expect(await rejection({ ...good, exp: 5 })).toBe('Token has expired')
    expect(await rejection({ ...good, exp: 5, nbf: now + 60 }, forgiving)).toBe(
      'The token is not yet valid (nbf)',
    )
    expect(await rejection({ ...good, exp: 5, sub: 5 }, forgiving)).toBe('Subject must be a string')
    expect(await rejection({ exp: 5 }, forgiving)).toBe('Missing claim: sub')
  })

  it('compares a CSRF value where it gets one', async () => {
    expect(await jwt.decode(forged(good), { csrf: 'csrf-1' })).toMatchObject({ csrf: 'csrf-1' })
    await expect(jwt.decode(forged(good), { csrf: 'x' })).rejects.toMatchObject({ code: 'csrf_failed' })
    await expect(jwt.decode(forged({ sub: '42' }), { csrf: 'x' })).rejects.toMatchObject({
      message: 'Missing claim: csrf',
    })
  })

  it('gives the id and the CSRF value of a token, where it has them', async () => {
    expect(await jwt.decode(forged(good))).toMatchObject({ jti: 'a', csrf: 'csrf-1' })
    const bare = await jwt.decode(forged({ sub: '42' }))
    expect([bare.jti, bare['csrf']]).toEqual([null, undefined])
  })
})

describe('a manager', () => {
  it('is one of several in a process, each with its own rules and hooks', async () => {
    const [one, other] = [
      managed({ JWT_ERROR_MESSAGE_KEY: 'error' }),
      managed({ JWT_SECRET_KEY: `${SECRET}!` }),
    ]
    expect(await ask(other, { headers: bearer(await other.createAccessToken('42')) })).toBe('42')
    expect(await ask(one, { headers: bearer(await other.createAccessToken('42')) })).toEqual([
      422,
      'Signature verification failed',
    ])
  })
})
