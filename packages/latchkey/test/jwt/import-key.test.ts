import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  exportJwk,
  importPrivateKey,
  importPublicKey,
  type JsonWebKey,
  type KeySource,
  signJws,
  thumbprint,
  verifyJws,
} from '../../src/jwt/index.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const ed = generateKeyPairSync('ed25519')
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' })
const pem = (key: KeyObject, type = key.type === 'private' ? 'pkcs8' : 'spki') =>
  key.export({ format: 'pem', type } as never) as string

const pairs: [Algorithm, { publicKey: KeyObject; privateKey: KeyObject }][] = [
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
  ['ES256', p256],
  ['ES384', p384],
  ['ES512', p521],
  ['EdDSA', ed],
]

describe('importPrivateKey and importPublicKey', () => {
  const forms: [string, (key: KeyObject) => KeySource][] = [
    ['PEM', pem],
    ['a JWK', jwkOf],
    ['a KeyObject', (key) => key],
  ]
  it.each(
    pairs.flatMap(([algorithm, pair]) => forms.map(([form, write]) => ({ algorithm, pair, form, write }))),
  )('reads $form for $algorithm; what one half signs the other verifies', ({ algorithm, pair, write }) => {
    const signer = importPrivateKey(write(pair.privateKey), { algorithm })
    const verifier = importPublicKey(write(pair.publicKey), { algorithm })
    expect(verifyJws(signJws('text', signer), verifier).key).toBe(verifier)
    expect([signer.use, verifier.use]).toEqual(['sign', 'verify'])
    expect(signer.kid).toBe(thumbprint(jwkOf(pair.publicKey)))
    expect(verifier.kid).toBe(signer.kid)
  })

  it('knows the algorithm of EC and Ed25519 keys', () => {
    expect([p256, p384, p521, ed].map(({ publicKey }) => importPublicKey(publicKey).algorithm)).toEqual([
      'ES256',
      'ES384',
      'ES512',
      'EdDSA',
    ])
  })

  it('asks for the algorithm of an RSA key, and takes it from its JWK', () => {
    expect(() => importPrivateKey(pem(rsa.privateKey))).toThrow(/algorithm: .*\{ algorithm: 'RS256' \}/)
    expect(importPrivateKey({ ...jwkOf(rsa.privateKey), alg: 'PS384' }).algorithm).toBe('PS384')
  })

  it('reads the older forms of PEM', () => {
    expect(importPrivateKey(pem(rsa.privateKey, 'pkcs1'), { algorithm: 'RS256' }).use).toBe('sign')
    expect(importPublicKey(pem(rsa.publicKey, 'pkcs1'), { algorithm: 'RS256' }).use).toBe('verify')
    expect(importPrivateKey(pem(p256.privateKey, 'sec1')).algorithm).toBe('ES256')
  })

  it('takes the public half of a private source', () => {
    for (const source of [pem(p256.privateKey), jwkOf(p256.privateKey), p256.privateKey]) {
      const key = importPublicKey(source)
      expect(key.use).toBe('verify')
      expect(() => exportJwk(key, { private: true })).toThrow('no private members')
    }
  })

  it('takes the name from the option, else the JWK, else the thumbprint; null for none', () => {
    const jwk = { ...jwkOf(ed.publicKey), kid: 'of the JWK' }
    expect(importPublicKey(jwk, { kid: 'given' }).kid).toBe('given')
    expect(importPublicKey(jwk).kid).toBe('of the JWK')
    expect(importPublicKey(ed.publicKey).kid).toBe(thumbprint(jwk))
    expect(importPublicKey(jwk, { kid: null }).kid).toBeNull()
    expect(() => importPublicKey(jwk, { kid: '' })).toThrow('1 to 128 characters')
    expect(() => importPublicKey({ ...jwk, kid: 7 })).toThrow('1 to 128 characters')
  })

  it('reads the secret of an oct JWK', () => {
    const k = randomBytes(48).toString('base64url')
    expect(importPrivateKey({ kty: 'oct', k, alg: 'HS384', kid: 'h1' })).toMatchObject({
      algorithm: 'HS384',
      kid: 'h1',
    })
    expect(importPrivateKey({ kty: 'oct', k }, { algorithm: 'HS256' })).toMatchObject({
      algorithm: 'HS256',
      kid: null,
    })
    expect(() => importPrivateKey({ kty: 'oct', k })).toThrow('"alg" in its JWK')
    expect(() => importPrivateKey({ kty: 'oct', k, alg: 'RS256' })).toThrow('HS256, HS384 or HS512')
    expect(() => importPrivateKey({ kty: 'oct', k: `${k}=`, alg: 'HS256' })).toThrow('base64url')
    expect(() => importPublicKey({ kty: 'oct', k, alg: 'HS256' })).toThrow(TypeError)
  })

  it.each([
    undefined,
    null,
    '',
    'text',
    '/etc/keys/private.pem',
    7,
    true,
    [],
    {},
    Buffer.from(pem(ed.privateKey)),
    [pem(ed.privateKey)],
  ])('K-09 I-13 I-29 refuses %o as a key', (source) => {
    expect(() => importPrivateKey(source as string)).toThrow(TypeError)
    expect(() => importPublicKey(source as string)).toThrow(TypeError)
  })

  it.each(['', undefined, null, 7])('K-09 I-15 refuses an oct JWK whose k is %o', (k) => {
    const jwk = { kty: 'oct', alg: 'HS256', k } as JsonWebKey
    expect(() => importPrivateKey(jwk)).toThrow(TypeError)
    expect(() => importPrivateKey(jwk, { algorithm: 'HS256' })).toThrow(TypeError)
  })

  it('refuses a public key where a private one is needed, and secrets of node:crypto', () => {
    for (const source of [
      pem(ed.publicKey),
      jwkOf(ed.publicKey),
      ed.publicKey,
      createSecretKey(randomBytes(32)),
    ]) {
      expect(() => importPrivateKey(source)).toThrow('not a private key that can be read')
    }
    expect(() => importPublicKey(createSecretKey(randomBytes(32)))).toThrow(
      'not a public key that can be read',
    )
  })

  it('refuses a PEM that needs a password', () => {
    const locked = rsa.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    }) as string
    expect(() => importPrivateKey(locked, { algorithm: 'RS256' })).toThrow(
      'not a private key that can be read',
    )
  })
})

describe('T-05 keys that are not fit', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const withExponent = (e: number) => ({ ...jwkOf(rsa.publicKey), e: Buffer.from([e]).toString('base64url') })

  it('T-05 I-31 refuses RSA below 2048 bits', () => {
    expect(() => importPrivateKey(short.privateKey, { algorithm: 'RS256' })).toThrow('at least 2048 bits')
    expect(() => importPublicKey(pem(short.publicKey), { algorithm: 'PS256' })).toThrow('at least 2048 bits')
  })

  it.each([1, 2])('T-05 refuses RSA with the exponent %d', (e) => {
    expect(() => importPublicKey(withExponent(e), { algorithm: 'RS256' })).toThrow(TypeError)
  })

  it('T-05 accepts RSA with the exponent 3', () => {
    expect(importPublicKey(withExponent(3), { algorithm: 'RS256' }).algorithm).toBe('RS256')
  })

  it('T-05 refuses a curve that is not the algorithm’s', () => {
    for (const [algorithm, pair] of [
      ['ES256', p384],
      ['ES384', p521],
      ['ES512', p256],
      ['EdDSA', p256],
      ['ES256', ed],
    ] as const) {
      expect(() => importPrivateKey(pair.privateKey, { algorithm })).toThrow('this key is for')
      expect(() => importPublicKey({ ...jwkOf(pair.publicKey), alg: algorithm })).toThrow('this key is for')
    }
  })

  it('T-05 I-02 refuses any algorithm of another family', () => {
    for (const algorithm of ['HS256', 'ES256', 'EdDSA'] as const) {
      expect(() => importPublicKey(rsa.publicKey, { algorithm })).toThrow('this is an RSA key')
    }
    for (const algorithm of ['HS256', 'RS256', 'PS256'] as const) {
      expect(() => importPublicKey(p256.publicKey, { algorithm })).toThrow('this key is for ES256')
    }
  })

  it.each(['none', 'RSA-OAEP', 'hs256', '', 'toString'])('T-02 refuses the algorithm %j', (algorithm) => {
    expect(() => importPublicKey(rsa.publicKey, { algorithm: algorithm as Algorithm })).toThrow(
      'expected one of HS256',
    )
    expect(() => importPublicKey({ ...jwkOf(rsa.publicKey), alg: algorithm })).toThrow(
      'expected one of HS256',
    )
  })

  it('T-01 refuses an option that contradicts the key', () => {
    expect(() => importPublicKey({ ...jwkOf(rsa.publicKey), alg: 'RS256' }, { algorithm: 'PS256' })).toThrow(
      'the key is for RS256, not for PS256',
    )
  })

  it('T-05 I-05 refuses DSA, RSA-PSS, X25519, Ed448 and secp256k1 keys', () => {
    const foreign: { publicKey: KeyObject; privateKey: KeyObject }[] = [
      generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      generateKeyPairSync('rsa-pss', {
        modulusLength: 2048,
        hashAlgorithm: 'sha512',
        mgf1HashAlgorithm: 'sha1',
        saltLength: 8 as never,
      }),
      generateKeyPairSync('x25519'),
      generateKeyPairSync('ed448'),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    ]
    for (const { publicKey, privateKey } of foreign) {
      for (const options of [
        {},
        { algorithm: 'ES256' },
        { algorithm: 'PS256' },
        { algorithm: 'EdDSA' },
      ] as const) {
        expect(() => importPublicKey(publicKey, options)).toThrow(/not supported/)
        expect(() => importPrivateKey(pem(privateKey), options)).toThrow(/not supported/)
      }
    }
  })

  it('T-05 I-28 refuses halves that do not belong together', () => {
    const others = {
      rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
      p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      ed: generateKeyPairSync('ed25519'),
    }
    const mixed = [
      { ...jwkOf(rsa.privateKey), n: jwkOf(others.rsa.publicKey).n, alg: 'RS256' },
      {
        ...jwkOf(others.rsa.privateKey),
        d: jwkOf(rsa.privateKey).d,
        p: jwkOf(rsa.privateKey).p,
        q: jwkOf(rsa.privateKey).q,
        alg: 'RS256',
      },
      { ...jwkOf(p256.privateKey), x: jwkOf(others.p256.publicKey).x, y: jwkOf(others.p256.publicKey).y },
      { ...jwkOf(p256.privateKey), d: jwkOf(others.p256.privateKey).d },
      { ...jwkOf(ed.privateKey), x: jwkOf(others.ed.publicKey).x },
      { ...jwkOf(ed.privateKey), d: jwkOf(others.ed.privateKey).d },
    ] as JsonWebKey[]
    for (const jwk of mixed) {
      expect(() => importPrivateKey(jwk)).toThrow(/do not belong together|cannot be read|can be read/)
      expect(() => importPublicKey(jwk)).toThrow(TypeError)
    }
  })

  it('T-05 I-28 refuses a PEM whose public half is another key’s', () => {
    const der = p256.privateKey.export({ format: 'der', type: 'sec1' })
    const point = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(-64)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    const at = der.indexOf(point(p256.publicKey))
    point(other).copy(der, at)
    const text = `-----BEGIN EC PRIVATE KEY-----\n${der.toString('base64')}\n-----END EC PRIVATE KEY-----`
    expect(() => importPrivateKey(text)).toThrow(TypeError)
  })

  it('T-05 refuses a point that is not on the curve', () => {
    const { x, ...rest } = jwkOf(p256.publicKey)
    expect(() => importPublicKey({ ...rest, x: rest.y as string })).toThrow(
      'not a public key that can be read',
    )
  })

  it.each([
    ['use: enc', { use: 'enc' }],
    ['another use', { use: 'signature' }],
    ['a use that is no text', { use: null }],
    ['key_ops for encryption', { key_ops: ['encrypt'] }],
    ['empty key_ops', { key_ops: [] }],
    ['key_ops as text', { key_ops: 'sign verify' }],
    ['key_ops of the wrong half', { key_ops: ['verify'] }, { key_ops: ['sign'] }],
  ])('T-05 refuses a key with %s', (_, forPrivate: object, forPublic: object = forPrivate) => {
    expect(() => importPrivateKey({ ...jwkOf(ed.privateKey), ...forPrivate })).toThrow(/"use"|"key_ops"/)
    expect(() => importPublicKey({ ...jwkOf(ed.publicKey), ...forPublic })).toThrow(/"use"|"key_ops"/)
  })

  it('T-05 accepts use and key_ops that allow it', () => {
    const allowed = { use: 'sig', key_ops: ['sign', 'verify'] }
    expect(importPrivateKey({ ...jwkOf(ed.privateKey), ...allowed }).use).toBe('sign')
    expect(importPublicKey({ ...jwkOf(ed.publicKey), use: 'sig', key_ops: ['verify'] }).use).toBe('verify')
  })
})

it('G-01 shows nothing of a private key, however it is printed, and no error repeats one', () => {
  const jwk = jwkOf(p256.privateKey)
  const key = importPrivateKey(jwk)
  expect(`${inspect(key, { showHidden: true, depth: 9 })}${JSON.stringify(key)}`).not.toContain(jwk.d)
  for (const broken of [
    { ...jwk, crv: 'P-384' },
    { ...jwk, x: 'AAAA' },
    { ...jwk, use: 'enc' },
  ]) {
    expect(() => importPrivateKey(broken)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(jwk.d as string) }),
    )
  }
})
