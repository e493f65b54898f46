import { generateKeyPairSync, randomBytes, sign as signWithNode } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  checkJwt,
  checkSignature,
  createKeySet,
  exportJwk,
  exportPem,
  generateKey,
  importPrivateKey,
  importPublicKey,
  jwksOf,
  parseToken,
  publicKeyOf,
  type SigningKey,
  secretKey,
  signJws,
  signJwt,
  type VerifyKey,
  verifyJws,
  verifyJwt,
} from '../../src/jwt/index.ts'
import { craft, KEY, refusalOf, SECRET, segment, signed } from './craft.ts'

const ALL = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const satisfies Algorithm[]
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const keys = new Map<Algorithm, SigningKey>()
for (const algorithm of ALL) {
  keys.set(
    algorithm,
    /^[RP]/.test(algorithm) ? importPrivateKey(rsa, { algorithm }) : await generateKey(algorithm),
  )
}
const keyFor = (algorithm: Algorithm) => keys.get(algorithm) as SigningKey
const verifierFor = (algorithm: Algorithm) =>
  algorithm.startsWith('HS') ? keyFor(algorithm) : publicKeyOf(keyFor(algorithm))

describe.each(ALL)('%s', (algorithm) => {
  const token = signJwt({ sub: 'alice', n: 1 }, keyFor(algorithm), { typ: 'JWT' })

  it('T-01 verifies what it signed, with the key, a list and a set', () => {
    const key = verifierFor(algorithm)
    for (const keys of [key, [key], createKeySet([key])]) {
      const verified = verifyJwt(token, keys)
      expect(verified.claims).toEqual({ sub: 'alice', n: 1 })
      expect(verified.header).toMatchObject({ alg: algorithm, typ: 'JWT' })
      expect(verified.key).toBe(key)
    }
  })

  it('refuses a changed header, payload and signature', () => {
    const [head, body, signature] = token.split('.') as [string, string, string]
    const other = signJwt({ sub: 'bob' }, keyFor(algorithm)).split('.') as [string, string, string]
    const bytes = Buffer.from(signature, 'base64url')
    const flipped = Array.from({ length: bytes.length }, (_, at) => bytes.with(at, (bytes[at] as number) ^ 1))
    const forgeries = [
      [segment({ alg: algorithm }), body, signature],
      [head, segment({ sub: 'bob', n: 1 }), signature],
      [head, body, other[2]],
      [head, body, ''],
      [head, body, segment(bytes.subarray(0, -1))],
      [head, body, segment(bytes.subarray(1))],
      [head, body, segment(Buffer.concat([bytes, Buffer.from([0])]))],
      [head, body, segment(Buffer.concat([Buffer.from([0]), bytes]))],
      [head, body, segment(Buffer.alloc(bytes.length))],
      [head, body, segment(Buffer.alloc(bytes.length, 255))],
      ...flipped.map((forged) => [head, body, segment(forged)]),
    ]
    for (const parts of forgeries)
      expect(refusalOf(() => verifyJwt(parts.join('.'), verifierFor(algorithm)))).toBe('signature')
  })

  it('T-01 I-94 refuses a token of every other algorithm, and its own under another name', () => {
    for (const other of ALL) {
      if (other === algorithm) continue
      const foreign = signJwt({}, keyFor(other))
      expect(refusalOf(() => verifyJwt(foreign, verifierFor(algorithm)))).toBe('alg_not_allowed')
      const [, body, signature] = token.split('.')
      const renamed = `${segment({ alg: other })}.${body}.${signature}`
      expect(refusalOf(() => verifyJwt(renamed, verifierFor(algorithm)))).toBe('alg_not_allowed')
      expect(refusalOf(() => verifyJwt(renamed, verifierFor(other)))).toBe('signature')
    }
  })

  it('refuses another key of the same algorithm', async () => {
    const stranger = await generateKey(algorithm)
    expect(refusalOf(() => verifyJwt(token, stranger))).toBe('signature')
  })
})

describe('T-01 public keys as HMAC secrets', () => {
  it('I-01 I-18 I-19 refuses HS256 tokens made with any text of our public key, whichever way the key was given', async () => {
    for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
      const key = keyFor(algorithm)
      const pem = exportPem(publicKeyOf(key))
      const jwk = exportJwk(key)
      const node = (await import('node:crypto')).createPublicKey(pem)
      const texts: (string | Buffer)[] = [
        pem,
        pem.trim(),
        node.export({ format: 'der', type: 'spki' }),
        ...(algorithm === 'RS256'
          ? [
              node.export({ format: 'pem', type: 'pkcs1' }) as string,
              node.export({ format: 'der', type: 'pkcs1' }),
            ]
          : []),
        JSON.stringify(jwk),
        JSON.stringify(jwksOf([key])),
        jwk.x ?? (jwk.n as string),
        '',
      ]
      const verifiers: VerifyKey[] = [
        publicKeyOf(key),
        key,
        importPublicKey(pem, { algorithm }),
        importPublicKey(jwk),
        importPublicKey(node, { algorithm }),
      ]
      for (const text of texts) {
        for (const header of [{ alg: 'HS256' }, { alg: 'HS256', kid: key.kid }]) {
          const token = craft(header, { sub: 'admin' }, text)
          for (const verifier of verifiers) {
            expect(refusalOf(() => verifyJwt(token, verifier))).toBe('alg_not_allowed')
            expect(refusalOf(() => verifyJwt(token, createKeySet([verifier])))).toBe('alg_not_allowed')
          }
        }
      }
    }
  })

  it('I-16 a JWK without alg never becomes an empty secret', () => {
    const { alg, ...jwk } = exportJwk(keyFor('ES256'))
    const token = craft({ alg: 'HS256' }, {}, '')
    expect(alg).toBe('ES256')
    expect(refusalOf(() => verifyJwt(token, importPublicKey(jwk)))).toBe('alg_not_allowed')
  })

  it('T-01 I-04 refuses an HS256 token where a resolver answers with an RSA key', async () => {
    const resolver = async () => [publicKeyOf(keyFor('RS256'))]
    const parsed = parseToken(craft({ alg: 'HS256' }, {}, exportPem(publicKeyOf(keyFor('RS256')))))
    const answer = await resolver()
    expect(refusalOf(() => checkSignature(parsed, answer))).toBe('alg_not_allowed')
  })
})

describe('K-09 what is no key', () => {
  const token = craft({ alg: 'HS256' }, {}, '')
  const real = craft({ alg: 'HS256' })
  const fakes = [
    '',
    null,
    undefined,
    {},
    [],
    [null],
    [undefined],
    [''],
    [{}],
    [[]],
    0,
    false,
    new Uint8Array(0),
    SECRET,
    'secret',
  ]
  const disguised = [{ algorithm: 'HS256', kid: null, use: 'sign' }, { ...KEY }, Object.create(KEY)]

  it.each([...fakes, ...disguised])(
    'K-09 I-02 I-13 I-14 I-23 I-32 never verifies with %o, whatever the token',
    (fake) => {
      for (const one of [
        token,
        real,
        `${segment({ alg: 'HS256' })}.${segment({})}.`,
        craft({ alg: 'none' }),
      ]) {
        expect(refusalOf(() => verifyJwt(one, fake as never))).toMatch(
          /^(alg_not_allowed|unknown_key|signature)$/,
        )
        const parse = () => parseToken(one)
        if (refusalOf(parse) !== null) continue
        expect(refusalOf(() => checkSignature(parse(), fake as never))).not.toBeNull()
        expect(refusalOf(() => checkSignature(parse(), [fake] as never))).not.toBeNull()
      }
    },
  )

  it('K-09 a fake beside a real key spoils nothing', () => {
    expect(verifyJwt(real, [null, {}, KEY] as never).key).toBe(KEY)
  })

  it('K-09 I-14 a set of one’s own that finds nothing usable refuses', () => {
    for (const found of ['', null, undefined, {}, [], [''], [null], [{}]]) {
      const set = { keys: [], find: () => found } as never
      expect(refusalOf(() => verifyJwt(real, set))).toMatch(/^(alg_not_allowed|unknown_key|signature)$/)
    }
  })
})

describe('ECDSA', () => {
  const key = keyFor('ES256')
  const input = signJws('x', key).split('.').slice(0, 2).join('.')
  const refusal = (signature: Uint8Array) =>
    refusalOf(() => verifyJws(`${input}.${segment(signature)}`, publicKeyOf(key)))
  const order = Buffer.from('FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551', 'hex')
  const valid = Buffer.from(signJws('x', key).split('.')[2] as string, 'base64url')
  const [r, s] = [valid.subarray(0, 32), valid.subarray(32)]
  const zero = Buffer.alloc(32)
  const one = Buffer.concat([zero.subarray(1), Buffer.from([1])])
  const above = Buffer.from(order).fill(order[31]! + 1, 31)

  it('I-24 refuses zero, r or s of zero, and r or s at or above the order', () => {
    const parts = [r, s, zero, one, order, above, Buffer.alloc(32, 255)]
    const pairs = parts.flatMap((first) => parts.map((second) => [first, second] as const))
    for (const [first, second] of pairs) {
      expect(refusal(Buffer.concat([first, second]))).toBe(first === r && second === s ? null : 'signature')
    }
  })

  it('I-24 refuses the right r and s with more zeros in front', () => {
    for (const zeros of [1, 2, 16]) {
      const [longR, longS] = [r, s].map((part) => Buffer.concat([Buffer.alloc(zeros), part])) as [
        Buffer,
        Buffer,
      ]
      for (const padded of [
        Buffer.concat([longR, longS]),
        Buffer.concat([longR, s]),
        Buffer.concat([r, longS]),
      ]) {
        expect(refusal(padded)).toBe('signature')
      }
    }
  })

  it('I-24 refuses the right signature in DER, and every wrong length', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const der = signWithNode('sha256', Buffer.from(input), privateKey)
    const ours = importPublicKey(publicKey)
    expect(refusalOf(() => verifyJws(`${input}.${segment(der)}`, ours))).toBe('signature')
    for (const length of [0, 1, 32, 63, 65, 70, 96, 132])
      expect(refusal(Buffer.alloc(length, 7))).toBe('signature')
  })

  it.each(['ES256', 'ES384', 'ES512'] as const)(
    'verifies %s signatures with leading zeros in r and s',
    (algorithm) => {
      const signer = keyFor(algorithm)
      // About one in 128 has a leading zero byte in r or s; DER is then shorter.
      for (let round = 0; round < 300; round++) {
        expect(refusalOf(() => verifyJws(signJws(String(round), signer), publicKeyOf(signer)))).toBeNull()
      }
    },
  )
})

describe('verifyJws', () => {
  it('gives back any payload, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (payload) => {
        const { payload: verified } = verifyJws(signJws(payload, KEY), KEY)
        expect(Buffer.from(verified)).toEqual(Buffer.from(payload))
      }),
    )
  })

  it('verifies a header with other white space and members than ours', () => {
    expect(verifyJws(craft('{"typ":"JWT",\r\n "alg":"HS256", "x":[1]}', 'text'), KEY).header).toEqual({
      typ: 'JWT',
      alg: 'HS256',
      x: [1],
    })
  })

  it('does not share one header among tokens in a way that one could change for the other', () => {
    const token = signJwt({}, KEY, { typ: 'JWT', extra: { deep: [1] } })
    const change = () => {
      const { header } = verifyJwt(token, KEY)
      Object.assign(header, { alg: 'none' })
      ;(header as unknown as { extra: { deep: number[] } }).extra.deep.push(2)
    }
    try {
      change()
    } catch {
      // Frozen is as good as copied.
    }
    expect(verifyJwt(token, KEY).header).toEqual({ alg: 'HS256', typ: 'JWT', extra: { deep: [1] } })
  })

  it('verifies the signature before it reads the claims', () => {
    expect(
      refusalOf(() =>
        verifyJwt(`${segment({ alg: 'HS256' })}.${segment('not JSON')}.${segment(randomBytes(32))}`, KEY),
      ),
    ).toBe('signature')
    expect(
      refusalOf(() => verifyJwt(signed(`${segment({ alg: 'HS256' })}.${segment('not JSON')}`), KEY)),
    ).toBe('payload_json')
  })

  it('verifies a token although others were read and signed in the meantime', async () => {
    const [ours, stranger] = [signJwt({ n: 1 }, KEY), signJwt({ n: 2 }, secretKey(randomBytes(32)))]
    const parsed = parseToken(ours)
    const between = [
      () => parseToken(stranger),
      () => signJwt({ n: 3 }, KEY),
      () => signJws(randomBytes(99), KEY),
      () => refusalOf(() => parseToken('a.é.b')),
    ]
    for (const something of between) {
      something()
      await Promise.resolve()
      expect(checkJwt(parsed, [KEY]).claims).toEqual({ n: 1 })
      something()
      expect(Buffer.from(checkSignature(parsed, [KEY]).payload).toString()).toBe('{"n":1}')
      expect(refusalOf(() => checkJwt(parseToken(stranger), [KEY]))).toBe('signature')
    }
  })

  it('gives payloads that later tokens leave alone', () => {
    const { payload } = verifyJws(signJws('first', KEY), KEY)
    verifyJws(signJws('other', KEY), KEY)
    expect(Buffer.from(payload).toString()).toBe('first')
  })

  it('keeps keys of one algorithm apart in any order of use', () => {
    const many = Array.from({ length: 5 }, () => secretKey(randomBytes(32)))
    const tokens = many.map((key, index) => signJwt({ index }, key))
    for (const [at, token] of tokens.entries()) {
      for (const [other, key] of many.entries()) {
        expect(refusalOf(() => verifyJwt(token, key))).toBe(at === other ? null : 'signature')
      }
      expect(verifyJwt(token, many[at] as SigningKey).claims).toEqual({ index: at })
    }
  })

  it('verifies with secrets of any length, as RFC 2104 hashes the long ones', () => {
    for (const length of [1, 31, 32, 48, 63, 64, 65, 127, 128, 129, 200, 1000]) {
      const secret = randomBytes(length)
      const key = secretKey(secret, { allowShort: true })
      expect(refusalOf(() => verifyJwt(craft({ alg: 'HS256' }, {}, secret), key))).toBeNull()
      expect(refusalOf(() => verifyJwt(craft({ alg: 'HS256' }), key))).toBe('signature')
    }
  })
})
