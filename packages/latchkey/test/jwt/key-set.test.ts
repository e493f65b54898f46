import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  createKeySet,
  exportJwk,
  generateKey,
  importJwks,
  importPublicKey,
  type JsonWebKey,
  jwksOf,
  publicKeyOf,
  secretKey,
  signJws,
  verifyJws,
} from '../../src/jwt/index.ts'
import { refusalOf } from './craft.ts'

const secret = (kid?: string) => secretKey(randomBytes(32), kid === undefined ? {} : { kid })
const find = (set: ReturnType<typeof createKeySet>, alg: Algorithm, kid?: string) =>
  set.find(kid === undefined ? { alg } : { alg, kid })

describe('createKeySet', () => {
  it('T-03 refuses a mixture of HMAC and asymmetric keys', async () => {
    const [ed, rsa] = await Promise.all([generateKey('EdDSA'), generateKey('RS256')])
    expect(() => createKeySet([secret('h'), ed])).toThrow('must not share a set')
    expect(() => createKeySet([ed, publicKeyOf(rsa), secret()])).toThrow('must not share a set')
    expect(createKeySet([ed, rsa]).keys).toHaveLength(2)
  })

  it('T-03 refuses one kid twice', async () => {
    expect(() => createKeySet([secret('a'), secret('b'), secret('a')])).toThrow('two keys have the kid "a"')
    const key = await generateKey('ES256')
    expect(() => createKeySet([key, publicKeyOf(key)])).toThrow('two keys have the kid')
  })

  it.each([
    undefined,
    null,
    [],
    {},
    'x',
    [null],
    [undefined],
    [''],
    [{}],
    [{ algorithm: 'HS256', kid: null, use: 'sign' }],
  ])('K-09 I-13 refuses %o', (keys) => {
    expect(() => createKeySet(keys as never)).toThrow(TypeError)
  })

  it('T-08 finds by the exact kid, and nothing for an unknown one', () => {
    const [a, b] = [secret('a'), secret('b')]
    const set = createKeySet([a, b])
    expect(find(set, 'HS256', 'b')).toEqual([b])
    for (const kid of ['', 'A', 'a ', 'c', '__proto__', 'constructor'])
      expect(find(set, 'HS256', kid)).toEqual([])
  })

  it('T-08 without a kid gives the keys of the algorithm, at most four', async () => {
    const keys = await Promise.all((['ES256', 'EdDSA', 'ES256'] as const).map((one) => generateKey(one)))
    expect(find(createKeySet(keys), 'ES256')).toEqual([keys[0], keys[2]])
    expect(find(createKeySet(keys), 'RS256')).toEqual([])
    expect(find(createKeySet(Array.from({ length: 9 }, () => secret())), 'HS256')).toHaveLength(4)
  })

  it('T-08 a kid that none of the named keys has leaves the nameless ones', () => {
    const nameless = secret()
    const set = createKeySet([secret('a'), nameless])
    expect(find(set, 'HS256', 'z')).toEqual([nameless])
    expect(find(set, 'HS512', 'z')).toEqual([])
  })

  it('cannot be changed from outside', () => {
    const keys = [secret('a')]
    const set = createKeySet(keys)
    keys.push(secret('b'))
    expect(set.keys).toHaveLength(1)
    expect(find(set, 'HS256')).toHaveLength(1)
    expect(Object.isFrozen(set) && Object.isFrozen(set.keys)).toBe(true)
  })
})

describe('a set in use', () => {
  it('I-20 T-01 refuses two kids with two algorithms, crossed', async () => {
    const [es, ed] = await Promise.all([
      generateKey('ES256', { kid: 'es' }),
      generateKey('EdDSA', { kid: 'ed' }),
    ])
    const set = createKeySet([es, ed].map(publicKeyOf))
    const crossed = importPublicKey(exportJwk(es), { kid: null })
    expect(refusalOf(() => verifyJws(signJws('x', es), set))).toBeNull()
    const forged = signJws('x', await generateKey('ES256', { kid: 'ed' }))
    expect(refusalOf(() => verifyJws(forged, set))).toBe('alg_not_allowed')
    expect(refusalOf(() => verifyJws(forged, crossed))).toBe('signature')
  })

  it('I-23 refuses an unknown kid, and a token without one where no key has its algorithm', async () => {
    const es = await generateKey('ES256')
    const set = createKeySet([publicKeyOf(es)])
    expect(refusalOf(() => verifyJws(signJws('x', secret('nobody')), set))).toBe('unknown_key')
    expect(refusalOf(() => verifyJws(signJws('x', secret()), set))).toBe('alg_not_allowed')
  })

  it('T-08 tries no more than four keys on a token without a kid', () => {
    const keys = Array.from({ length: 6 }, () => secret())
    expect(refusalOf(() => verifyJws(signJws('x', keys[3]!), createKeySet(keys)))).toBeNull()
    expect(refusalOf(() => verifyJws(signJws('x', keys[4]!), createKeySet(keys)))).toBe('signature')
    for (const at of [4, 5])
      expect(refusalOf(() => verifyJws(signJws('x', keys[at]!), keys))).toBe('signature')
  })
})

describe('importJwks', () => {
  it('K-02 reads what jwksOf writes', async () => {
    const keys = await Promise.all((['RS256', 'ES384', 'EdDSA'] as const).map((one) => generateKey(one)))
    const set = importJwks(JSON.parse(JSON.stringify(jwksOf(keys))))
    expect(set.keys.map(({ kid, algorithm, use }) => ({ kid, algorithm, use }))).toEqual(
      keys.map(({ kid, algorithm }) => ({ kid, algorithm, use: 'verify' })),
    )
    for (const key of keys) expect(verifyJws(signJws('x', key), set).key.kid).toBe(key.kid)
  })

  it('I-57 K-04 one malformed key does not spoil the set', async () => {
    const good = exportJwk(await generateKey('ES256', { kid: 'good' }))
    const broken = [
      null,
      7,
      'key',
      [],
      {},
      { kty: 'RSA' },
      { ...good, kid: 'x', x: 'AAAA' },
      { ...good, kid: 'y', crv: 'P-999' },
      { ...good, kid: 'z', alg: 'ES512' },
      { ...good, kid: 5 },
      { ...good, kid: 'enc', use: 'enc' },
      { ...good, kid: 'ops', key_ops: ['deriveKey'] },
      { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'HS256', kid: 'h' },
      { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', kid: 'pq' },
    ]
    expect(importJwks({ keys: [...broken, good, ...broken] }).keys.map(({ kid }) => kid)).toEqual(['good'])
  })

  it('I-17 I-16 skips an RSA key that names no algorithm, or gives it the configured one', async () => {
    const { alg, ...jwk } = exportJwk(await generateKey('RS256'))
    expect(() => importJwks({ keys: [jwk] })).toThrow('none of its keys')
    expect(importJwks({ keys: [jwk] }, { algorithm: 'PS256' }).keys[0]?.algorithm).toBe('PS256')
    expect(importJwks({ keys: [{ ...jwk, alg }] }, { algorithm: 'PS256' }).keys[0]?.algorithm).toBe('RS256')
    expect(() => importJwks({ keys: [jwk] }, { algorithm: 'HS256' })).toThrow('none of its keys')
  })

  it('keeps no private member, also where a set was published with them', async () => {
    const jwk = exportJwk(await generateKey('EdDSA'), { private: true })
    const { keys } = importJwks({ keys: [jwk] })
    expect(keys[0]?.use).toBe('verify')
    expect(() => exportJwk(keys[0]!, { private: true })).toThrow(TypeError)
  })

  it.each([
    undefined,
    null,
    '',
    '{"keys":[]}',
    [],
    {},
    { keys: null },
    { keys: {} },
    { keys: [] },
    { keys: [{}] },
  ])('K-09 refuses %o', (json) => {
    expect(() => importJwks(json)).toThrow(TypeError)
  })

  it('T-03 refuses a set that gives one kid to two usable keys', async () => {
    const keys: JsonWebKey[] = [
      await generateKey('ES256', { kid: 'k' }),
      await generateKey('EdDSA', { kid: 'k' }),
    ].map((key) => exportJwk(key))
    expect(() => importJwks({ keys })).toThrow('two keys have the kid')
  })
})
