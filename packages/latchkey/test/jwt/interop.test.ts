import { createSecretKey, generateKeyPairSync, KeyObject, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { createSigner, createVerifier } from 'fast-jwt'
import { CompactSign, compactVerify, jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  decodeUnverified,
  importPrivateKey,
  importPublicKey,
  type SigningKey,
  secretKey,
  signJws,
  signJwt,
  type VerifyKey,
  verifyJws,
  verifyJwt,
} from '../../src/jwt/index.ts'

/** 25 claim sets for each algorithm in `npm test`, 1,000 where LATCHKEY_TEST_TIER asks for the full proof. */
const numRuns = ['f', 'l'].includes(process.env['LATCHKEY_TEST_TIER'] ?? 'q') ? 1000 : 25

const pair = {
  RS: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const secret = randomBytes(64)
const contenders = (
  [
    ['HS256', null],
    ['HS384', null],
    ['HS512', null],
    ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map(
      (name) => [name, pair.RS] as const,
    ),
    ['ES256', pair.ES256],
    ['ES384', pair.ES384],
    ['ES512', pair.ES512],
    ['EdDSA', pair.EdDSA],
  ] as const satisfies (readonly [Algorithm, { publicKey: KeyObject; privateKey: KeyObject } | null])[]
).map(([algorithm, keys]) => {
  const ours: { sign: SigningKey; verify: VerifyKey } = keys
    ? {
        sign: importPrivateKey(keys.privateKey, { algorithm }),
        verify: importPublicKey(keys.publicKey, { algorithm }),
      }
    : {
        sign: secretKey(secret, { algorithm: algorithm as 'HS256' }),
        verify: secretKey(secret, { algorithm: algorithm as 'HS256' }),
      }
  const theirs = keys ?? { publicKey: createSecretKey(secret), privateKey: createSecretKey(secret) }
  return { algorithm, ours, theirs }
})

// What every one of them can carry: none of the registered claims, whose values some of them judge.
const REGISTERED = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])
/** With an escape in a name, what JSON.parse makes of it depends on what it has read before (nodejs/node#63785). */
const hasEscapedName = (set: object): boolean => /\\.(?:[^"\\]|\\.)*":/.test(JSON.stringify(set))
// jsonwebtoken trips over names that every object has.
const name = fc.string({ maxLength: 12 }).filter((one) => !REGISTERED.has(one) && !(one in {}))
const claims = fc
  .tuple(
    fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  )
  .filter(([others]) => !hasEscapedName(others))
  .map(([others, sub]) =>
    JSON.parse(JSON.stringify({ ...others, sub, iat: 1_700_000_000, exp: 4_000_000_000 })),
  )

const text = (key: KeyObject): string | Buffer =>
  key.type === 'secret'
    ? key.export()
    : (key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' } as never) as string)

describe.each(contenders)('T-30 $algorithm', ({ algorithm, ours, theirs }) => {
  it('T-30 jose and we read each other', async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (set) => {
        const token = signJwt(set, ours.sign, { typ: 'JWT' })
        const verified = await jwtVerify(token, theirs.publicKey, { algorithms: [algorithm] })
        expect(verified.payload).toEqual(set)
        const back = await new SignJWT(set)
          .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
          .sign(theirs.privateKey)
        expect(verifyJwt(back, ours.verify).claims).toEqual(set)
        expect(decodeUnverified(back).claims).toEqual(set)
      }),
      { numRuns },
    )
  })

  it('T-30 jose and we read each other’s bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const { payload } = await compactVerify(signJws(bytes, ours.sign), theirs.publicKey)
        expect(Buffer.from(payload)).toEqual(Buffer.from(bytes))
        const back = await new CompactSign(bytes)
          .setProtectedHeader({ alg: algorithm })
          .sign(theirs.privateKey)
        expect(Buffer.from(verifyJws(back, ours.verify).payload)).toEqual(Buffer.from(bytes))
      }),
      { numRuns },
    )
  })

  // jsonwebtoken knows no EdDSA.
  it.skipIf(algorithm === 'EdDSA')('T-30 jsonwebtoken and we read each other', () => {
    const algorithms = [algorithm as jsonwebtoken.Algorithm]
    fc.assert(
      fc.property(claims, (set) => {
        expect(jsonwebtoken.verify(signJwt(set, ours.sign), theirs.publicKey, { algorithms })).toEqual(set)
        const back = jsonwebtoken.sign({ ...set }, theirs.privateKey, { algorithm: algorithms[0]! })
        expect(verifyJwt(back, ours.verify).claims).toEqual(set)
      }),
      { numRuns },
    )
  })

  it('T-30 fast-jwt and we read each other', () => {
    const verify = createVerifier({ key: text(theirs.publicKey), algorithms: [algorithm] })
    const sign = createSigner({ key: text(theirs.privateKey), algorithm })
    fc.assert(
      fc.property(claims, (set) => {
        expect(verify(signJwt(set, ours.sign))).toEqual(set)
        expect(verifyJwt(sign({ ...set }), ours.verify).claims).toEqual(set)
      }),
      { numRuns },
    )
  })
})
