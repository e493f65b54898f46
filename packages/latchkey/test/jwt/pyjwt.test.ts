import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Algorithm,
  exportPem,
  generateKey,
  publicKeyOf,
  type SigningKey,
  secretKey,
  signJwt,
  verifyJwt,
} from '../../src/jwt/index.ts'

/** Where Python with PyJWT and cryptography is; without them these tests are skipped. */
const python = process.env['LATCHKEY_PYTHON'] ?? 'python3'
const isThere = spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0
const count = ['f', 'l'].includes(process.env['LATCHKEY_TEST_TIER'] ?? 'q') ? 1000 : 25

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

// Whole numbers only: Python writes and reads fractions and large numbers in its own way. PyJWT judges registered claims.
const REGISTERED = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])
const name = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((one) => !REGISTERED.has(one) && one !== '__proto__')
const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null))
const claims = fc
  .tuple(
    fc.dictionary(name, fc.oneof(value, fc.array(value), fc.dictionary(name, value)), { maxKeys: 8 }),
    fc.string(),
  )
  .map(
    ([others, sub]): Record<string, unknown> =>
      JSON.parse(JSON.stringify({ ...others, sub, exp: 4_000_000_000 })),
  )

async function keyOf(algorithm: Algorithm, secret: Buffer): Promise<SigningKey> {
  return algorithm.startsWith('HS')
    ? secretKey(secret, { algorithm: algorithm as 'HS256' })
    : generateKey(algorithm)
}

describe.skipIf(!isThere)('T-30 PyJWT', () => {
  it(`T-30 reads what we sign and signs what we read, for ${count} claim sets of each algorithm`, {
    timeout: 120_000,
  }, async () => {
    const secret = randomBytes(64)
    const keys = await Promise.all(ALL.map((algorithm) => keyOf(algorithm, secret)))
    const seed = Date.now() | 0
    const sets = ALL.map(() => fc.sample(claims, { numRuns: count, seed }))
    const cases = keys.map((key, at) => {
      const hex = key.algorithm.startsWith('HS')
      return {
        algorithm: key.algorithm,
        hex,
        public: hex ? secret.toString('hex') : exportPem(publicKeyOf(key)),
        private: hex ? secret.toString('hex') : exportPem(key),
        tokens: sets[at]?.map((set) => signJwt(set, key, { typ: 'JWT' })),
        claims: sets[at],
      }
    })
    const script = fileURLToPath(new URL('pyjwt.py', import.meta.url))
    const run = spawnSync(python, [script], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    expect(run.stderr).toBe('')
    const answers: { decoded: unknown[]; encoded: string[] }[] = JSON.parse(run.stdout)
    for (const [at, { decoded, encoded }] of answers.entries()) {
      expect(decoded, `seed ${seed}`).toEqual(sets[at])
      expect(encoded.map((token) => verifyJwt(token, keys[at] as SigningKey).claims)).toEqual(sets[at])
    }
    expect(answers).toHaveLength(ALL.length)
  })
})
