import { createPrivateKey, createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  exportJwk,
  exportPem,
  generateKey,
  importPrivateKey,
  importPublicKey,
  jwksOf,
  publicKeyOf,
  secretKey,
  signJws,
  thumbprint,
  verifyJws,
} from '../../src/jwt/index.ts'

const asymmetric = ['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const satisfies Algorithm[]
const PRIVATE = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])

/** Every member name in a value, at any depth. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(namesIn)]
}

describe.each(asymmetric)('%s', (algorithm) => {
  it('comes back from PEM and JWK as the same key', async () => {
    const key = await generateKey(algorithm)
    const token = signJws('text', key)
    const copies = [
      importPrivateKey(exportPem(key), { algorithm }),
      importPrivateKey(exportJwk(key, { private: true })),
      importPublicKey(exportPem(publicKeyOf(key)), { algorithm }),
      importPublicKey(exportJwk(key)),
    ]
    for (const copy of copies) expect(verifyJws(token, copy).key).toMatchObject({ algorithm, kid: key.kid })
  })

  it('K-02 exports public members unless asked for the others', async () => {
    const key = await generateKey(algorithm, { kid: 'k1' })
    expect(exportJwk(key)).toMatchObject({ kid: 'k1', alg: algorithm, use: 'sig' })
    for (const value of [
      exportJwk(key),
      exportJwk(publicKeyOf(key)),
      exportJwk(key, { private: false }),
      jwksOf([key]),
    ]) {
      expect(namesIn(value).filter((name) => PRIVATE.has(name))).toEqual([])
    }
    expect(namesIn(exportJwk(key, { private: true }))).toContain('d')
    expect(() => exportJwk(publicKeyOf(key), { private: true })).toThrow('no private members')
  })

  it('writes PKCS #8 of a private key and SubjectPublicKeyInfo of a public one', async () => {
    const key = await generateKey(algorithm)
    expect(createPrivateKey(exportPem(key)).type).toBe('private')
    expect(exportPem(publicKeyOf(key))).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(createPublicKey(exportPem(publicKeyOf(key))).type).toBe('public')
  })

  it('is called by its RFC 7638 thumbprint, as others compute it', async () => {
    const key = await generateKey(algorithm)
    const expected = await calculateJwkThumbprint(exportJwk(key) as never)
    expect([key.kid, thumbprint(key), thumbprint(publicKeyOf(key)), thumbprint(exportJwk(key))]).toEqual(
      Array(4).fill(expected),
    )
  })
})

it('has the thumbprint of the example in RFC 7638', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
    'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  )
})

describe('generateKey', () => {
  it('makes an EdDSA key unless told otherwise', async () => {
    expect(await generateKey()).toMatchObject({ algorithm: 'EdDSA', use: 'sign' })
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'makes secrets for %s, without a name unless given one',
    async (algorithm) => {
      expect(await generateKey(algorithm)).toMatchObject({ algorithm, kid: null })
      expect(await generateKey(algorithm, { kid: 'h1' })).toMatchObject({ algorithm, kid: 'h1' })
    },
  )

  it('T-05 makes RSA keys of 2048 bits or more', async () => {
    const { n } = exportJwk(await generateKey('RS256', { modulusLength: 3072 }))
    expect(Buffer.from(n as string, 'base64url')).toHaveLength(384)
    await expect(generateKey('RS256', { modulusLength: 1024 })).rejects.toThrow('at least 2048 bits')
  })

  it('T-02 refuses an algorithm that it does not know', async () => {
    await expect(generateKey('none' as Algorithm)).rejects.toThrow('expected one of HS256')
  })
})

describe('an HMAC secret', () => {
  const key = secretKey('0123456789abcdef0123456789ABCDEF', { kid: 'h1' })

  it('K-02 leaves only when asked for by name', () => {
    expect(() => exportJwk(key)).toThrow('{ private: true }')
    expect(exportJwk(key, { private: true })).toEqual({
      kty: 'oct',
      k: Buffer.from('0123456789abcdef0123456789ABCDEF').toString('base64url'),
      kid: 'h1',
      alg: 'HS256',
      use: 'sig',
    })
    expect(jwksOf([key])).toEqual({ keys: [] })
  })

  it('has no PEM, no public half and no thumbprint', () => {
    expect(() => exportPem(key)).toThrow('no PEM form')
    expect(() => publicKeyOf(key)).toThrow('no public half')
    expect(() => thumbprint(key)).toThrow(TypeError)
    expect(() => thumbprint(exportJwk(key, { private: true }))).toThrow('have a thumbprint')
  })
})

it.each([null, undefined, '', {}, { algorithm: 'HS256', kid: null, use: 'sign' }])(
  'K-09 refuses to export %o',
  (key) => {
    expect(() => exportJwk(key as never)).toThrow('expected a key made by')
    expect(() => exportPem(key as never)).toThrow('expected a key made by')
    expect(() => jwksOf([key as never])).toThrow('expected a key made by')
  },
)
