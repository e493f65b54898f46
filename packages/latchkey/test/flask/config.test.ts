import { generateKeyPairSync } from 'node:crypto'
import { createJwtManager, type JwtManager } from 'latchkey'
import { type FlaskConfig, fromFlaskConfig } from 'latchkey/flask'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { DEFAULTS } from '../../src/flask/options.ts'
import { ask, bearer, claimsIn, managed, SECRET } from './managed.ts'

const silent = { warn: () => {} }
const from = (config: object): unknown => fromFlaskConfig(config as FlaskConfig, silent)

describe('fromFlaskConfig', () => {
  it('knows all 43 options of the peer under their own names, and SECRET_KEY', () => {
    const names = Object.keys(DEFAULTS)
    expect(names.filter((name) => name.startsWith('JWT_'))).toHaveLength(43)
    expect(names).toContain('SECRET_KEY')
  })

  it('takes every option, with its default as the value', () => {
    expect(() => from({ ...DEFAULTS, JWT_SECRET_KEY: SECRET })).not.toThrow()
  })

  it('refuses an unknown option by name, and says which one may be meant', () => {
    expect(() => from({ JWT_SECRET_KEY: SECRET, JWT_ACCES_TOKEN_EXPIRES: 5 })).toThrow(
      /JWT_ACCES_TOKEN_EXPIRES: .* has no such option/,
    )
    expect(() => from({ JWT_SECRET_KEY: SECRET, JWT_ACCESS_TOKEN_EXPIRE: 5 })).toThrow(
      'Did you mean JWT_ACCESS_TOKEN_EXPIRES?',
    )
  })

  it('tells every fault at once and quotes no value', () => {
    const wrong = { JWT_SECRET_KEY: 5, JWT_COOKIE_SECURE: 'hunter2', JWT_HEADER_NAME: '' }
    expect(() => from(wrong)).toThrow(/JWT_SECRET_KEY: .*JWT_COOKIE_SECURE: .*JWT_HEADER_NAME: /)
    expect(() => from(wrong)).not.toThrow(/hunter2/)
  })

  it.each<[string, unknown]>([
    ['JWT_ACCESS_TOKEN_EXPIRES', true],
    ['JWT_ACCESS_TOKEN_EXPIRES', 1.5],
    ['JWT_ACCESS_TOKEN_EXPIRES', null],
    ['JWT_REFRESH_TOKEN_EXPIRES', 'soon'],
    ['JWT_ALGORITHM', 'HS999'],
    ['JWT_ALGORITHM', 'none'],
    ['JWT_ALGORITHM', 'ES256K'],
    ['JWT_DECODE_ALGORITHMS', ['HS256', 'none']],
    ['JWT_DECODE_ALGORITHMS', 'HS256'],
    ['JWT_TOKEN_LOCATION', []],
    ['JWT_TOKEN_LOCATION', 'header'],
    ['JWT_TOKEN_LOCATION', ['headers', 'banana']],
    ['JWT_DECODE_ISSUER', /auth/],
    ['JWT_DECODE_AUDIENCE', [/api/]],
    ['JWT_DECODE_LEEWAY', Number.NaN],
    ['JWT_IDENTITY_CLAIM', ''],
    ['JWT_HEADER_NAME', 'X Auth'],
    ['JWT_ACCESS_COOKIE_NAME', 'a;b'],
    ['JWT_ACCESS_COOKIE_PATH', 'api'],
    ['JWT_ACCESS_COOKIE_PATH', '/\ud800'],
    ['JWT_COOKIE_DOMAIN', 'a; Secure'],
    ['JWT_COOKIE_DOMAIN', '[::1]'],
    ['JWT_COOKIE_DOMAIN', '..'],
    ['JWT_ENCODE_AUDIENCE', () => 'api'],
    ['JWT_ENCODE_ISSUER', Number.NaN],
    ['JWT_ENCODE_ISSUER', 5n],
    ['JWT_PRIVATE_KEY', 5],
    ['JWT_COOKIE_SECURE', 1],
    ['JWT_COOKIE_CSRF_PROTECT', null],
    ['JWT_DECODE_ALGORITHMS', ['hs256']],
    ['JWT_COOKIE_SAMESITE', 'Sometimes'],
    ['JWT_CSRF_METHODS', 'POST'],
  ])('T-02, T-24: refuses a value of %s that cannot work: %s', (name, value) => {
    expect(() => from({ JWT_SECRET_KEY: SECRET, [name]: value })).toThrow(new RegExp(`^${name}: expected `))
  })

  it('reads durations as seconds and as text', async () => {
    const life = async (value: FlaskConfig['JWT_ACCESS_TOKEN_EXPIRES']): Promise<number> => {
      const { exp, iat } = claimsIn(
        await managed({ JWT_ACCESS_TOKEN_EXPIRES: value! }).createAccessToken('42'),
      )
      return (exp as number) - (iat as number)
    }
    expect([await life(300), await life('5m'), await life('1500ms'), await life(-60)]).toEqual([
      300, 300, 1, -60,
    ])
  })

  it('writes any value of JSON as the audience and the issuer, and none that Python takes for false', async () => {
    const written = async (value: unknown): Promise<unknown> => {
      const config = { JWT_ENCODE_AUDIENCE: value, JWT_ENCODE_ISSUER: value } as FlaskConfig
      const { aud, iss } = claimsIn(await managed(config).createAccessToken('42'))
      expect(iss).toEqual(aud)
      return aud
    }
    for (const value of ['a', ['a', 'b'], 5, true, { a: 1 }, [1]]) expect(await written(value)).toEqual(value)
    for (const value of ['', [], {}, 0, false, null]) expect(await written(value)).toBeUndefined()
  })

  it('leaves the types of users and identities to the hooks beside it', () => {
    const jwt = createJwtManager({
      ...fromFlaskConfig({ JWT_SECRET_KEY: SECRET }, silent),
      identityOf: (user: { readonly id: string }) => user.id,
      loadUser: ({ sub }) => ({ name: sub }),
    })
    expectTypeOf(jwt).toEqualTypeOf<JwtManager<{ name: string }, { readonly id: string }>>()
  })

  it('works for createJwtManager as it stands', async () => {
    const jwt = createJwtManager(fromFlaskConfig({ JWT_SECRET_KEY: SECRET }, silent))
    expect((await jwt.authenticate(await jwt.createAccessToken('42'))).identity).toBe('42')
  })
})

describe('keys', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = {
    JWT_PRIVATE_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    JWT_PUBLIC_KEY: publicKey.export({ format: 'pem', type: 'spki' }) as string,
  }

  it('says which option is missing', () => {
    expect(() => from({})).toThrow('JWT_SECRET_KEY (or SECRET_KEY) must be set for JWT_ALGORITHM HS256.')
    expect(() => from({ JWT_SECRET_KEY: '', SECRET_KEY: '' })).toThrow('JWT_SECRET_KEY')
    expect(() => from({ JWT_SECRET_KEY: SECRET, JWT_ALGORITHM: 'ES256' })).toThrow('JWT_PUBLIC_KEY')
  })

  it('falls back to SECRET_KEY', async () => {
    const jwt = managed({ JWT_SECRET_KEY: null, SECRET_KEY: SECRET })
    expect(await ask(jwt, { headers: bearer(await managed().createAccessToken('42')) })).toBe('42')
  })

  it('T-04: refuses the text of a key as a secret, whatever its length', () => {
    expect(() => from({ JWT_SECRET_KEY: pem.JWT_PUBLIC_KEY })).toThrow(/^JWT_SECRET_KEY: .*importPublicKey/)
  })

  it('T-05: refuses a key that is not for the algorithm', () => {
    expect(() => from({ ...pem, JWT_ALGORITHM: 'ES384' })).toThrow(/^JWT_P\w+_KEY: /)
    expect(() => from({ ...pem, JWT_ALGORITHM: 'RS256' })).toThrow(/^JWT_P\w+_KEY: /)
  })

  it('verifies with a public key alone, and says why it does not issue', async () => {
    const config = { ...pem, JWT_ALGORITHM: 'ES256' } as const
    const token = await managed(config).createAccessToken('42')
    const verifier = managed({ ...config, JWT_PRIVATE_KEY: null })
    expect(await ask(verifier, { headers: bearer(token) })).toBe('42')
    await expect(verifier.createAccessToken('42')).rejects.toThrow('JWT_PRIVATE_KEY')
  })

  it('verifies with the public half of a private key alone, which the peer cannot', async () => {
    const jwt = managed({ JWT_PRIVATE_KEY: pem.JWT_PRIVATE_KEY, JWT_ALGORITHM: 'ES256' })
    expect(await ask(jwt, { headers: bearer(await jwt.createAccessToken('42')) })).toBe('42')
  })

  it('T-01: signs with the algorithm that a header asks for, of the same key; refuses others', async () => {
    const jwt = managed({ JWT_DECODE_ALGORITHMS: ['HS512'] })
    const token = await jwt.createAccessToken('42', { headers: { alg: 'HS512' } })
    expect(await ask(jwt, { headers: bearer(token) })).toBe('42')
    for (const alg of ['none', 'RS256', 'HS999'])
      await expect(jwt.createAccessToken('42', { headers: { alg } })).rejects.toThrow(
        'alg value is not allowed',
      )
  })

  it('reads a key from the bytes of its file', async () => {
    const bytes = Buffer.from(pem.JWT_PRIVATE_KEY)
    const jwt = managed({ JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: bytes, JWT_PUBLIC_KEY: null })
    const verifier = managed({ JWT_ALGORITHM: 'ES256', JWT_PUBLIC_KEY: Buffer.from(pem.JWT_PUBLIC_KEY) })
    expect(await ask(verifier, { headers: bearer(await jwt.createAccessToken('42')) })).toBe('42')
  })

  it('takes the other kinds of PEM text, whatever made it', async () => {
    const sec1 = privateKey.export({ format: 'pem', type: 'sec1' }) as string
    const es = managed({ JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: sec1 })
    expect(await ask(es, { headers: bearer(await es.createAccessToken('42')) })).toBe('42')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rs = managed({
      JWT_ALGORITHM: 'RS384',
      JWT_PRIVATE_KEY: rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }) as string,
      JWT_PUBLIC_KEY: rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }) as string,
    })
    expect(await ask(rs, { headers: bearer(await rs.createAccessToken('42')) })).toBe('42')
  })

  it.each(['ES256K', 'ES521'])(
    '%s in the list is left out with a warning, for nothing here knows it',
    (name) => {
      const warnings: string[] = []
      fromFlaskConfig(
        { JWT_SECRET_KEY: SECRET, JWT_DECODE_ALGORITHMS: [name as 'ES256K'] },
        { warn: (message) => warnings.push(message) },
      )
      expect(warnings.filter((message) => message.includes(name))).toHaveLength(1)
    },
  )

  it('says that ES256K, ES521 and Ed448 are not supported', () => {
    for (const name of ['ES256K', 'ES521'])
      expect(() => from({ JWT_ALGORITHM: name })).toThrow('JWT_ALGORITHM')
    const ed448 = generateKeyPairSync('ed448').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    expect(() => from({ JWT_ALGORITHM: 'EdDSA', JWT_PRIVATE_KEY: ed448 })).toThrow(/^JWT_PRIVATE_KEY: /)
  })

  it('never changes the lists of the application', () => {
    const listed = Object.freeze(['HS512'] as const)
    fromFlaskConfig({ JWT_SECRET_KEY: SECRET, JWT_DECODE_ALGORITHMS: listed }, silent)
    expect(listed).toEqual(['HS512'])
  })

  it('T-03: a listed algorithm of the other kind gets no key, and a warning', () => {
    const warnings: string[] = []
    fromFlaskConfig(
      { JWT_SECRET_KEY: SECRET, JWT_DECODE_ALGORITHMS: ['HS256', 'RS256'] },
      { warn: (message) => warnings.push(message) },
    )
    expect(warnings.filter((message) => message.includes('RS256'))).toHaveLength(1)
  })
})
