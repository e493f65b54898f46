import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeUnverified,
  generateKey,
  publicKeyOf,
  secretKey,
  signJws,
  signJwt,
  verifyJws,
  verifyJwt,
} from '../../src/jwt/index.ts'
import { KEY, SECRET } from './craft.ts'

describe('signJwt and signJws', () => {
  it('writes alg, the key’s kid and what the caller adds', () => {
    const key = secretKey(SECRET, { kid: 'k1' })
    expect(decodeUnverified(signJwt({}, key, { typ: 'at+jwt' })).header).toEqual({
      alg: 'HS256',
      kid: 'k1',
      typ: 'at+jwt',
    })
    expect(decodeUnverified(signJwt({}, KEY)).header).toEqual({ alg: 'HS256' })
    expect(decodeUnverified(signJwt({}, KEY, { kid: 'k9' })).header).toEqual({ alg: 'HS256', kid: 'k9' })
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'signs %s as node:crypto does, for secrets and texts of any length',
    (algorithm) => {
      const hash = algorithm.replace('HS', 'sha')
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 1, maxLength: 300 }),
          fc.string({ maxLength: 400 }),
          (secret, text) => {
            const token = signJws(text, secretKey(secret, { algorithm, allowShort: true }))
            const [head, body, signature] = token.split('.')
            expect(body).toBe(Buffer.from(text).toString('base64url'))
            expect(signature).toBe(createHmac(hash, secret).update(`${head}.${body}`).digest('base64url'))
          },
        ),
      )
    },
  )

  it('signs payloads larger than any buffer it keeps', () => {
    const payload = randomBytes(100_000)
    const [head, body, signature] = signJws(payload, KEY).split('.')
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${head}.${body}`).digest('base64url'))
  })

  it('T-28 gives the same bytes for the same claims with HS256, RS256 and EdDSA', async () => {
    for (const algorithm of ['HS256', 'RS256', 'EdDSA'] as const) {
      const key = await generateKey(algorithm)
      expect(signJwt({ sub: 'alice' }, key)).toBe(signJwt({ sub: 'alice' }, key))
    }
  })

  it('T-01 refuses a header that contradicts the key', () => {
    const key = secretKey(SECRET, { kid: 'k1' })
    for (const alg of ['none', 'HS384', null, 1])
      expect(() => signJwt({}, KEY, { alg })).toThrow('signs HS256 and nothing else')
    for (const kid of ['k2', '', null]) expect(() => signJwt({}, key, { kid })).toThrow('"kid" names the key')
    expect(signJwt({}, key, { alg: 'HS256', kid: 'k1' })).toBe(signJwt({}, key))
  })

  it('refuses a header that we would refuse to read', () => {
    for (const header of [{ kid: 7 }, { kid: 'k'.repeat(129) }, { typ: 1 }, { crit: [] }, { b64: true }]) {
      expect(() => signJwt({}, KEY, header)).toThrow(TypeError)
    }
  })

  it('refuses a public key, and what is no key', async () => {
    const key = publicKeyOf(await generateKey('ES256'))
    expect(() => signJwt({}, key as never)).toThrow('only a private key or a secret can sign')
    for (const fake of [null, undefined, '', SECRET, { ...KEY }])
      expect(() => signJwt({}, fake as never)).toThrow('expected a key made by')
  })

  it.each([null, undefined, 'text', 7, [], [1]])('refuses %o as claims', (claims) => {
    expect(() => signJwt(claims as never, KEY)).toThrow('expected an object')
  })

  it('refuses claims that turn into something else than an object', () => {
    for (const toJSON of [() => 'text', () => undefined, () => [1], () => null, () => 7]) {
      expect(() => signJwt({ toJSON }, KEY)).toThrow('expected an object')
    }
    expect(decodeUnverified(signJwt({ toJSON: () => ({ a: 1 }) }, KEY)).claims).toEqual({ a: 1 })
  })

  it('T-13 refuses claims that are not well-formed Unicode, as the verifier would', () => {
    for (const text of ['\ud83d', 'a\ude00', '\ud83d\\ude00']) {
      expect(() => signJwt({ text }, KEY)).toThrow('not well-formed Unicode')
      expect(() => signJwt({ [text]: 1 }, KEY)).toThrow('not well-formed Unicode')
    }
    const text = '\\ud83d 🔑'
    expect(verifyJwt(signJwt({ text }, KEY), KEY).claims).toEqual({ text })
  })

  it('T-11 refuses claims for which the token would be too large to be accepted', () => {
    const rest = 8192 - signJwt({ x: '' }, KEY).length
    expect(verifyJwt(signJwt({ x: 'y'.repeat(Math.floor((rest * 3) / 4)) }, KEY), KEY).claims).toHaveProperty(
      'x',
    )
    expect(() => signJwt({ x: 'y'.repeat(Math.floor((rest * 3) / 4) + 4) }, KEY)).toThrow('more than 8192')
    expect(() => signJwt({ x: '中'.repeat(9000) }, KEY)).toThrow('more than 8192')
  })

  it('writes the header that was asked for, also after others', () => {
    const key = secretKey(SECRET, { kid: 'k1' })
    const headers = [
      {},
      { typ: 'at+jwt' },
      { typ: '' },
      { typ: 'rt+jwt' },
      { typ: 'at+jwt', x: 1 },
      { kid: 'k1' },
      {},
    ]
    const more = Array.from({ length: 20 }, (_, index) => ({ typ: `t${index}` }))
    for (const header of [...headers, ...more, ...headers, ...more]) {
      expect(decodeUnverified(signJwt({}, key, header)).header).toEqual({
        alg: 'HS256',
        kid: 'k1',
        ...header,
      })
    }
  })

  it('signs text as its UTF-8', () => {
    expect(Buffer.from(verifyJws(signJws('Zoë 🔑', KEY), KEY).payload).toString()).toBe('Zoë 🔑')
  })
})
