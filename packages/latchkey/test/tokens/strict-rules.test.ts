import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'
import { secretKey, signJwt } from '../../src/jwt/index.ts'
import {
  createTokens,
  fixedKeyRing,
  strictRules,
  type TokenKind,
  type Tokens,
} from '../../src/tokens/index.ts'

const NOW = 1_800_000_000
const key = secretKey('a secret for these tests, 32 bytes and then some')
const clock = () => NOW * 1000

function tokensOf(options: Partial<Parameters<typeof strictRules>[0]> = {}): Tokens {
  const rules = strictRules({ issuer: 'https://auth.example', audience: 'orders', ...options })
  return createTokens({ keys: fixedKeyRing(key), rules, clock })
}

const good = {
  iss: 'https://auth.example',
  aud: 'orders',
  sub: '42',
  iat: NOW,
  nbf: NOW,
  exp: NOW + 60,
  jti: 'j1',
  type: 'access',
  fresh: false,
}

/** The code with which a token of these claims is refused; 'accepted' when it is not. */
async function verdict(
  claims: object,
  { header = { typ: 'at+jwt' }, kind = 'access' as TokenKind | null, tokens = tokensOf() } = {},
): Promise<string> {
  try {
    await tokens.verify(signJwt(claims, key, header), { kind })
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return error.code
  }
}

describe('strict rules', () => {
  it('accept a token with everything in its place', async () => {
    expect(await verdict(good)).toBe('accepted')
  })

  it.each([
    ['exp', [undefined, null, '1800000060', true, [], {}]],
    ['nbf', [null, '1', true, [], {}]],
    ['iat', [null, '1', true, [], {}]],
    ['sub', [undefined, null, '', 7, true, ['42'], {}]],
    ['aud', [undefined, null, 7, true, {}, [], [7], ['orders', 7]]],
    ['iss', [undefined, null, 7, true, {}, ['https://auth.example']]],
    ['jti', [null, 7, {}, []]],
    ['sid', [null, 7, {}, []]],
    ['type', [undefined, null, 7, {}, ['access']]],
  ])(
    'I-38, T-14, T-16, T-19: refuse "%s" of a wrong JSON type, and never take it for absent',
    async (name, values) => {
      for (const value of values) expect(await verdict({ ...good, [name]: value })).toBe('invalid_token')
    },
  )

  it('T-14: refuse what is issued, or starts, later than the tolerance allows', async () => {
    expect(await verdict({ ...good, iat: NOW + 5 })).toBe('accepted')
    expect(await verdict({ ...good, iat: NOW + 6 })).toBe('invalid_token')
    expect(await verdict({ ...good, nbf: NOW + 5 })).toBe('accepted')
    expect(await verdict({ ...good, nbf: NOW + 6 })).toBe('invalid_token')
    expect(await verdict({ ...good, iat: NOW + 600 }, { tokens: tokensOf({ tolerance: 60 }) })).toBe(
      'invalid_token',
    )
  })

  it('T-14: refuse what has expired beyond the tolerance, with a code of its own', async () => {
    expect(await verdict({ ...good, exp: NOW - 4 })).toBe('accepted')
    expect(await verdict({ ...good, exp: NOW - 5 })).toBe('expired_token')
    expect(await verdict({ ...good, exp: NOW }, { tokens: tokensOf({ tolerance: 0 }) })).toBe('expired_token')
    expect(() => tokensOf({ tolerance: 61 })).toThrow(TypeError)
  })

  it.each([
    'https://auth.example/',
    'https://auth.exampl',
    'ttps://auth.example',
    'https://auth.example.evil.example',
    'HTTPS://AUTH.EXAMPLE',
  ])('I-36, T-15: compare the issuer exactly and refuse %s', async (iss) => {
    expect(await verdict({ ...good, iss })).toBe('invalid_token')
  })

  it('I-35: refuse a list of issuers, wherever the right one stands in it', async () => {
    for (const iss of [[good.iss], [good.iss, 'x'], ['x', good.iss]]) {
      expect(await verdict({ ...good, iss })).toBe('invalid_token')
    }
  })

  it('I-37, T-16: take the audience as text or in a list, exactly', async () => {
    expect(await verdict({ ...good, aud: ['x', 'orders'] })).toBe('accepted')
    for (const aud of ['order', 'orders ', ['x'], ['Orders']]) {
      expect(await verdict({ ...good, aud })).toBe('invalid_token')
    }
    expect(await verdict({ ...good, aud: 'b' }, { tokens: tokensOf({ audience: ['a', 'b'] }) })).toBe(
      'accepted',
    )
  })

  it('T-16, T-24, I-42: want an issuer and an audience as plain text', () => {
    for (const bad of ['', undefined, /orders/, [], ['']]) {
      expect(() => tokensOf({ audience: bad as string })).toThrow(TypeError)
      expect(() => tokensOf({ issuer: bad as string })).toThrow(TypeError)
    }
  })

  const kinds = [
    ['at+jwt', 'access'],
    ['rt+jwt', 'refresh'],
  ] as const
  it('T-17, T-25, T-26, RT-27: only the matching pair of typ and type passes, and only where it is asked for', async () => {
    for (const [typ, kind] of kinds) {
      for (const [, type] of kinds) {
        for (const [, asked] of kinds) {
          const expected = kind !== type ? 'invalid_token' : type === asked ? 'accepted' : 'wrong_token_type'
          expect(await verdict({ ...good, type }, { header: { typ }, kind: asked })).toBe(expected)
        }
      }
    }
  })

  it('T-17: read typ as a media type: without case, "application/" may be there', async () => {
    for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
      expect(await verdict(good, { header: { typ } })).toBe('accepted')
    }
    for (const typ of ['JWT', 'id+jwt', 'text/at+jwt', 'application/application/at+jwt']) {
      expect(await verdict(good, { header: { typ } })).toBe('invalid_token')
    }
  })

  it('T-26: take tokens of an issuer without our typ only where told to, and go by the claim type then', async () => {
    const tokens = tokensOf({ requireTyp: false })
    const { type: _, ...untyped } = good
    expect(await verdict(good, { header: { typ: 'JWT' }, tokens })).toBe('accepted')
    expect(await verdict(untyped, { header: { typ: 'JWT' }, tokens })).toBe('accepted')
    expect(await verdict(untyped, { header: { typ: 'rt+jwt' }, tokens })).toBe('wrong_token_type')
    expect(await verdict({ ...good, type: 'refresh' }, { header: { typ: 'JWT' }, tokens })).toBe(
      'wrong_token_type',
    )
    expect(await verdict({ ...good, type: 'refresh' }, { header: { typ: 'at+jwt' }, tokens })).toBe(
      'invalid_token',
    )
  })

  const draft = { kind: 'access', identity: '42', now: NOW, lifetime: 60 } as const

  it('T-18: write the claims that the table promises', async () => {
    const tokens = tokensOf()
    const session = { sid: 's1', authTime: NOW - 5, epoch: 3 }
    const token = await tokens.mint({ ...draft, fresh: true, scope: 'a b', session, claims: { team: 'red' } })
    const { claims, header } = await tokens.verify(token, { kind: 'access' })
    expect(header).toMatchObject({ alg: 'HS256', typ: 'at+jwt' })
    expect(claims).toMatchObject({
      iss: good.iss,
      aud: 'orders',
      sub: '42',
      iat: NOW,
      nbf: NOW,
      exp: NOW + 60,
      type: 'access',
      fresh: true,
      sid: 's1',
      auth_time: NOW - 5,
      uep: 3,
      scope: 'a b',
      team: 'red',
    })
    expect(claims.jti).toMatch(/^[\w-]{22}$/)
  })

  it.each('iss aud sub iat nbf exp jti type fresh sid auth_time uep gen scope csrf'.split(' '))(
    'T-18, I-52: refuse to let a caller set "%s"',
    (name) => {
      expect(() => tokensOf().mint({ ...draft, claims: { [name]: 'x' } })).toThrow(TypeError)
    },
  )

  it.each(['alg', 'typ', 'kid', 'crit', 'jwk'])(
    'T-18: refuse to let a caller set the header "%s"',
    (name) => {
      expect(() => tokensOf().mint({ ...draft, headers: { [name]: 'x' } })).toThrow(TypeError)
    },
  )

  it('T-19: refuse a number, an object or nothing as identity, when it is issued, and say what to do', () => {
    for (const identity of [7, null, undefined, '', {}, ['42']]) {
      expect(() => tokensOf().mint({ ...draft, identity })).toThrow(/String\(user\.id\)/)
    }
  })

  it('refuse to issue a token without an end', () => {
    expect(() => tokensOf().mint({ ...draft, lifetime: null })).toThrow(/expiresIn: false/)
  })

  it('T-28: write refresh tokens of a session from the session alone', async () => {
    const tokens = tokensOf()
    const session = { sid: 'S', authTime: NOW, epoch: 0, generation: 3 }
    const refresh = { ...draft, kind: 'refresh', session } as const
    const token = await tokens.mint(refresh)
    expect(await tokens.mint(refresh)).toBe(token)
    const { claims, header } = await tokens.verify(token, { kind: 'refresh' })
    expect(header).toMatchObject({ typ: 'rt+jwt' })
    expect(Object.keys(claims)).toEqual(['iss', 'aud', 'sub', 'sid', 'gen', 'iat', 'exp', 'jti', 'type'])
    expect(claims).toMatchObject({ gen: 3, jti: 'S.3' })
  })

  it('compare the csrf claim with what came with the request, and miss it where there is none', async () => {
    const tokens = tokensOf({ csrf: true })
    const token = await tokens.mint(draft)
    const { claims } = await tokens.verify(token, { kind: 'access' })
    const csrf = claims.csrf as string
    expect(tokens.verify(token, { kind: 'access', csrf })).toBeTruthy()
    expect(() => tokens.verify(token, { kind: 'access', csrf: `${csrf}x` })).toThrow(/CSRF/)
    expect(() => tokensOf().verify(signJwt(good, key, { typ: 'at+jwt' }), { kind: 'access', csrf })).toThrow(
      /CSRF/,
    )
  })
})
