import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  checkSignature,
  createKeySet,
  exportJwk,
  importJwks,
  importPrivateKey,
  importPublicKey,
  type JsonWebKey,
  parseToken,
  secretKey,
  signJws,
  thumbprint,
  type VerifyKey,
  verifyJws,
  verifyJwt,
} from '../../src/jwt/index.ts'

const folder = new URL('../vectors/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const readJson = (path: string) => JSON.parse(read(path))

/** A key that may be weak on purpose: some vectors use the zero secret. */
function vectorKey(jwk: JsonWebKey, algorithm?: Algorithm): VerifyKey {
  if (jwk.kty !== 'oct') return importPublicKey(jwk, algorithm && !jwk['alg'] ? { algorithm } : {})
  const kid = jwk['kid'] as string | undefined
  return secretKey(Buffer.from(jwk.k as string, 'base64url'), { allowShort: true, ...(kid ? { kid } : {}) })
}

function accepts(token: unknown, key: VerifyKey): boolean {
  try {
    verifyJws(token, createKeySet([key]))
    return true
  } catch {
    return false
  }
}

describe('T-31 RFC 7515, appendix A', () => {
  interface Vector {
    readonly id: string
    readonly key: JsonWebKey
    readonly token: string
    readonly alg: Algorithm
    readonly expect: string
  }
  const { vectors, expectedPayload } = readJson('rfc7515/appendix-a.json') as {
    vectors: Vector[]
    expectedPayload: object
  }
  it.each(vectors.filter((one) => one.expect === 'valid'))('T-31 accepts $id', ({ key, token, alg }) => {
    expect(verifyJwt(token, vectorKey(key, alg)).claims).toEqual(expectedPayload)
  })
  it.each(vectors.filter((one) => one.expect !== 'valid'))('T-31 refuses $id', ({ token }) => {
    expect(() => verifyJwt(token, secretKey(new Uint8Array(64).fill(7), { allowShort: true }))).toThrow()
    expect(() => parseToken(token)).toThrow('algorithm')
  })
})

describe('T-31 RFC 7520, section 4', () => {
  const files = readdirSync(new URL('rfc7520-cookbook/jws/', folder)).toSorted()
  const vectors = files.map((file) => ({ file, ...readJson(`rfc7520-cookbook/jws/${file}`) }))
  it.each(vectors.slice(0, 4))('T-31 accepts $title ($file)', ({ input, output }) => {
    const jwk = { ...input.key, alg: input.alg }
    const { payload } = verifyJws(output.compact, vectorKey(jwk))
    expect(Buffer.from(payload).toString()).toBe(input.payload)
  })
  it.each(vectors.filter(({ file }) => /^4_[14]\./.test(file)))(
    'T-31 signs $title to the same bytes ($file)',
    ({ input, output }) => {
      const key = importPrivateKey({ ...input.key, alg: input.alg })
      expect(signJws(input.payload, key)).toBe(output.compact)
    },
  )
  it.each(vectors.slice(4))('T-31 T-10 I-21 I-25 refuses $title ($file)', ({ input, output }) => {
    const jwk = Array.isArray(input.key) ? input.key[0] : input.key
    const alg = Array.isArray(input.alg) ? input.alg[0] : input.alg
    const key = vectorKey({ ...jwk, alg })
    const forms = [output.compact, output.json, output.json_flat].filter((form) => form !== undefined)
    for (const form of forms) {
      expect(accepts(form, key)).toBe(false)
      expect(accepts(JSON.stringify(form), key)).toBe(false)
    }
    expect(forms).not.toHaveLength(0)
  })
})

describe('T-31 RFC 7520, section 3', () => {
  const jwk = (name: string) => readJson(`rfc7520-cookbook/jwk/${name}.json`)
  it.each(['3_1.ec_public_key', '3_3.rsa_public_key'])('T-31 reads and writes %s', (name) => {
    const options = name.includes('rsa') ? { algorithm: 'RS256' as const } : {}
    const { alg, ...written } = exportJwk(importPublicKey(jwk(name), options))
    expect(written).toEqual(jwk(name))
    expect(alg).toBe(name.includes('rsa') ? 'RS256' : 'ES512')
  })
  it.each(['3_2.ec_private_key', '3_4.rsa_private_key'])('T-31 reads and writes %s', (name) => {
    const options = name.includes('rsa') ? { algorithm: 'RS256' as const } : {}
    const { alg, ...written } = exportJwk(importPrivateKey(jwk(name), options), { private: true })
    expect(written).toEqual(jwk(name))
    expect(alg).toBe(name.includes('rsa') ? 'RS256' : 'ES512')
  })
  it('T-31 reads and writes the MAC key', () => {
    const name = '3_5.symmetric_key_mac_computation'
    expect(exportJwk(importPrivateKey(jwk(name)), { private: true })).toEqual(jwk(name))
  })
  it('T-31 refuses the encryption key', () => {
    expect(() => importPrivateKey(jwk('3_6.symmetric_key_encryption'))).toThrow(
      '"use" does not allow signatures',
    )
  })
})

describe('T-31 Wycheproof', () => {
  const { exclude, invert_to_invalid } = readJson('wycheproof/DEVIATIONS.json')
  interface Case {
    readonly tcId: number
    readonly jws: unknown
    readonly result: string
    readonly comment: string
  }
  const groups: { public?: JsonWebKey; private: JsonWebKey; tests: Case[] }[] = readJson(
    'wycheproof/json_web_signature_test.json',
  ).testGroups
  const cases = groups
    .flatMap((group) => group.tests.map((one) => ({ ...one, key: group.public ?? group.private })))
    .filter(({ tcId }) => !(tcId in exclude))
    .map((one) => (one.tcId in invert_to_invalid ? { ...one, result: 'invalid' } : one))

  it('T-31 has 290 sound vectors, 21 of them valid', () => {
    expect(cases).toHaveLength(290)
    expect(cases.filter(({ result }) => result === 'valid')).toHaveLength(21)
  })
  it.each(cases)('T-31 I-24 $tcId is $result: $comment', ({ jws, key, result }) => {
    expect(accepts(jws, vectorKey(key))).toBe(result === 'valid')
  })
})

describe('T-31 keys of PyJWT', () => {
  const text = (name: string) => read(`pyjwt-keys/${name}.json`)
  const jwk = (name: string) => JSON.parse(text(name))
  it.each([
    ['ec', 'P-256'],
    ['ec', 'P-384'],
    ['ec', 'P-521'],
    ['okp', 'Ed25519'],
  ])('T-31 %s %s: the private key signs what the public one verifies', (kty, curve) => {
    const privateKey = importPrivateKey(jwk(`jwk_${kty}_key_${curve}`))
    const publicKey = importPublicKey(jwk(`jwk_${kty}_pub_${curve}`))
    const token = signJws('payload', privateKey)
    expect(checkSignature(parseToken(token), [publicKey]).key).toBe(publicKey)
    expect(thumbprint(publicKey)).toBe(thumbprint(privateKey))
  })
  it('T-31 RSA: the private key signs what the public one verifies', () => {
    const algorithm = { algorithm: 'RS256' } as const
    const token = signJws('payload', importPrivateKey(jwk('jwk_rsa_key'), algorithm))
    expect(accepts(token, importPublicKey(jwk('jwk_rsa_pub'), algorithm))).toBe(true)
  })
  it('T-31 reads the HMAC key', () => {
    expect(importPrivateKey(jwk('jwk_hmac'))).toMatchObject({ algorithm: 'HS256', kid: jwk('jwk_hmac').kid })
  })
  it.each(['jwk_ec_key_secp256k1', 'jwk_okp_key_Ed448'])('T-31 I-05 refuses %s', (name) => {
    expect(() => importPrivateKey(jwk(name))).toThrow(/are not supported/)
  })
  it.each(['jwk_ec_pub_secp256k1', 'jwk_okp_pub_Ed448'])('T-31 I-05 refuses %s', (name) => {
    expect(() => importPublicKey(jwk(name))).toThrow(/are not supported/)
  })
  it('T-31 refuses the empty file, read as text and as a key', () => {
    expect(() => importPublicKey(text('jwk_empty'))).toThrow(TypeError)
    expect(() => importPublicKey({})).toThrow(TypeError)
  })
  it('T-31 skips the encryption key of a set and uses the other', () => {
    const { keys } = importJwks(jwk('jwk_keyset_with_unknown_alg'))
    expect(keys.map(({ algorithm }) => algorithm)).toEqual(['RS256'])
  })
  it('T-31 refuses a set without a usable key', () => {
    expect(() => importJwks(jwk('jwk_keyset_only_unknown_alg'))).toThrow('none of its keys')
  })
})
