import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AuthError } from '../../src/base/errors.ts'
import { importPublicKey, secretKey, type VerifyKey, verifyJwt } from '../../src/jwt/index.ts'
import { segment } from './craft.ts'
import { type ReferenceKey, referenceVerdict, type Verdict } from './reference.ts'

/** 20,000 texts in `npm test`, a million where LATCHKEY_TEST_TIER asks for the whole proof. */
const numRuns = { q: 20_000, f: 100_000, l: 1_000_000 }[process.env['LATCHKEY_TEST_TIER'] ?? 'q'] ?? 20_000

interface Issuer extends ReferenceKey {
  readonly ours: VerifyKey
  signature(input: string): string
}

const secrets = [
  Buffer.alloc(32, 'first secret'),
  Buffer.alloc(200, 'second secret'),
  Buffer.alloc(64, 'third'),
]
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const issuers: Issuer[] = [
  ...(['HS256', 'HS256', 'HS384', 'HS512'] as const).map((algorithm, index): Issuer => {
    const secret = secrets[index % secrets.length] as Buffer
    const hash = algorithm.replace('HS', 'sha')
    return {
      algorithm,
      key: createSecretKey(secret),
      ours: secretKey(secret, { algorithm, allowShort: true }),
      signature: (input) => createHmac(hash, secret).update(input).digest('base64url'),
    }
  }),
  {
    algorithm: 'ES256',
    key: ec.publicKey,
    ours: importPublicKey(ec.publicKey),
    signature: (input) =>
      sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString(
        'base64url',
      ),
  },
]

function verdictOf(token: string, key: VerifyKey): Verdict {
  try {
    return { reason: null, claims: new Map(Object.entries(verifyJwt(token, key).claims)) }
  } catch (error) {
    const { details, code } = error as AuthError
    if (code !== 'invalid_token') throw error
    // The reference does not tell apart what is wrong with `crit`.
    return { reason: details.reason?.replace(/^crit_\w+/, 'crit') ?? 'none', claims: null }
  }
}

// Texts that are tokens, nearly tokens, and tokens in which one thing is wrong, signed and not.
const issuer = fc.oneof(
  { weight: 30, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.constant(4) },
)
const header = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('{"alg":"@"}', '{"alg":"@","typ":"at+jwt"}', '{"alg":"@","kid":"k1"}'),
  },
  fc.constantFrom(
    '{"typ":"JWT", "alg":"@"}',
    '{"alg":"none"}',
    '{"alg":"HS256"}',
    '{"alg":"@","alg":"@"}',
    '{"alg":"@","\\u0061lg":"@"}',
    '{"alg":"@","crit":["x"],"x":1}',
    '{"alg":"@","b64":true}',
    '{"alg":"@","kid":7}',
    '{"alg":"@","typ":null}',
    '{"alg":"@","a":{"b":1,"b":2}}',
    '{"alg":"@","__proto__":{"kid":7}}',
    '["alg","@"]',
    '\ufeff{"alg":"@"}',
    '{}',
  ),
)
const string = fc
  .array(fc.constantFrom(...'a:"\\{}[],é😀\u0000 1', '\ufffd', ...['\\u003a', '\\ud83d', '\\ude00', '\\"']), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const value = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      '1',
      '1e999',
      'null',
      'true',
      '-0',
      '"https://a.example:8443/x"',
      '"a"',
      '{}',
      '[]',
      '"\\ud800"',
    ),
    string.map((text) => JSON.stringify(text)),
    string.map((text) => `"${text}"`),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '\\u0061', ':', '__proto__', 'exp'), tie('any')), {
        maxLength: 4,
      })
      .map((members) => `{${members.map(([name, item]) => `"${name}" : ${item}`).join(',')}}`),
  ),
})).any
const payload = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .dictionary(fc.constantFrom('sub', 'iss', 'exp', 'a:b'), fc.jsonValue({ maxDepth: 2 }))
      .map((claims) => JSON.stringify(claims)),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '\\u0061', ':', 'toString'), value), { maxLength: 4 })
      .map((members) => `{${members.map(([name, item]) => `"${name}":${item}`).join()}}`),
  },
  value,
  string,
  fc.nat({ max: 20 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc
    .integer({ min: 250, max: 262 })
    .map((count) => `{${Array.from({ length: count }, (_, index) => `"${index}":1`).join()}}`),
  fc.integer({ min: 5800, max: 6300 }).map((length) => `{"a":"${'x'.repeat(length)}"}`),
)
const bytes = fc.oneof(
  { weight: 9, arbitrary: payload.map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(payload, fc.uint8Array({ minLength: 1, maxLength: 3 }))
      .map(([text, more]) =>
        Buffer.from(`{"a":"${more.toString()}${text.length}"}`).fill(more[0] as number, 6, 7),
      ),
  },
)
const foreign = fc.constantFrom(...'ABab09-_+/=.\n \0é\u0141\u{1f511}', 'A'.repeat(40))
type Change = (text: string, at: number, what: string) => string
const change = fc.constantFrom<Change>(
  (text, at, what) => text.slice(0, at) + what + text.slice(at),
  (text, at, what) => text.slice(0, at) + what + text.slice(at + 1),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at, at + 3).toUpperCase() + text.slice(at + 3),
)
const changes = fc.oneof(
  { weight: 2, arbitrary: fc.constant<[Change, number, string][]>([]) },
  {
    weight: 3,
    arbitrary: fc.array(fc.tuple(change, fc.double({ min: 0, max: 1, noNaN: true }), foreign), {
      minLength: 1,
      maxLength: 2,
    }),
  },
)
const applied = (text: string, list: [Change, number, string][]) =>
  list.reduce(
    (result, [apply, where, what]) => apply(result, Math.floor(where * (result.length + 1)), what),
    text,
  )

it(`the fast path answers as the plain rules do, on ${numRuns} texts (T-01, T-02, T-06, T-08 to T-13)`, {
  timeout: 3_600_000,
}, () => {
  const counts = new Map<string | null, number>()
  fc.assert(
    fc.property(
      issuer,
      issuer,
      header,
      bytes,
      changes,
      changes,
      (by, claimedBy, head, body, beforeSigning, afterSigning) => {
        const key = issuers[by] as Issuer
        const input = applied(
          `${segment(head.replaceAll('@', (issuers[claimedBy % 3 === 0 ? claimedBy : by] as Issuer).algorithm))}.${segment(body)}`,
          beforeSigning,
        )
        const token = applied(`${input}.${key.signature(input)}`, afterSigning)
        const expected = referenceVerdict(token, key)
        expect(verdictOf(token, key.ours)).toEqual(expected)
        counts.set(expected.reason, (counts.get(expected.reason) ?? 0) + 1)
      },
    ),
    { numRuns },
  )
  // What is never reached proves nothing.
  expect([...counts.keys()]).toEqual(
    expect.arrayContaining([null, 'segments', 'signature', 'alg_not_allowed', 'kid_type', 'crit', 'b64']),
  )
  expect([...counts.keys()]).toEqual(
    expect.arrayContaining(['base64_header', 'base64_payload', 'base64_signature']),
  )
  for (const what of ['json', 'object', 'duplicate'])
    expect([...counts.keys()]).toEqual(expect.arrayContaining([`header_${what}`, `payload_${what}`]))
  for (const what of ['depth', 'members', 'surrogate', 'utf8'])
    expect(counts.has(`payload_${what}`)).toBe(true)
  expect(counts.get(null)).toBeGreaterThan(numRuns / 20)
})
