import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimsOf, decodeUnverified, parseToken, signJwt, verifyJwt } from '../../src/jwt/index.ts'
import { craft, KEY, refusalOf, segment, signed } from './craft.ts'

const HEADER = { alg: 'HS256' }
const refusalOfToken = (token: unknown) => refusalOf(() => verifyJwt(token, KEY))
const good = craft(HEADER)
const [head, body, signature] = good.split('.') as [string, string, string]

describe('the shape of a token', () => {
  it('T-09 accepts the token that the others are made from', () => {
    expect(verifyJwt(good, KEY).claims).toEqual({ sub: 'alice' })
  })

  it.each([undefined, null, 7, {}, [], [good], Buffer.from(good), new String(good)])(
    'T-09 refuses what is not text: %o',
    (token) => {
      expect(refusalOfToken(token)).toBe('not_text')
    },
  )

  it.each([
    ['nothing', ''],
    ['one segment', head],
    ['two segments', `${head}.${body}`],
    ['four segments', `${good}.`],
    ['five segments, as a JWE has', `${head}.${body}.${signature}.${body}.${signature}`],
    ['a dot in front', `.${good}`],
    ['the flattened JSON serialisation', JSON.stringify({ protected: head, payload: body, signature })],
    [
      'the general JSON serialisation',
      JSON.stringify({ payload: body, signatures: [{ protected: head, signature }] }),
    ],
  ])('T-09 T-10 I-21 I-25 I-26 refuses %s', (_, token) => {
    expect(refusalOfToken(token)).toBe('segments')
  })

  it.each([
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '=',
    '==',
    '+',
    '/',
    '%3D',
    'é',
    'Ł',
    '\u{1f511}',
    '\ufeff',
    '?',
    '"',
    '*',
  ])('T-09 refuses %j in front of, behind and inside of each segment', (foreign) => {
    const parts = [head, body, signature]
    const spoilt = parts.flatMap((part, index) =>
      [foreign + part, part + foreign, part.slice(0, 4) + foreign + part.slice(4)].map((text) =>
        parts.with(index, text).join('.'),
      ),
    )
    for (const token of spoilt) expect(refusalOfToken(token)).toMatch(/^base64_/)
    // Not even a true signature over such a text helps.
    expect(refusalOfToken(signed(`${head}.${body}${foreign}`))).toBe('base64_payload')
    expect(refusalOfToken(signed(`${head}${foreign}.${body}`))).toBe('base64_header')
  })

  it('T-09 refuses every other spelling of the last character of a segment', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = [...alphabet].map((last) => `${head}.${body}.${signature.slice(0, -1)}${last}`)
    expect(spellings.filter((token) => refusalOfToken(token) === null)).toEqual([good])
    const payload = segment('{"sub":"alice1"}')
    expect(payload.length % 4).toBe(2)
    const others = [...alphabet].map((last) => signed(`${head}.${payload.slice(0, -1)}${last}`))
    expect(others.filter((token) => refusalOfToken(token) === null)).toHaveLength(1)
  })

  it('T-09 refuses a segment that no bytes have: one character more than a multiple of four', () => {
    expect(refusalOfToken(signed(`${head}.${segment('abc')}A`))).toBe('base64_payload')
  })

  it('T-09 refuses a bad payload or signature before it looks at the header', () => {
    expect(refusalOfToken(`${segment('not JSON')}.${body}=.${signature}`)).toBe('base64_payload')
    expect(refusalOfToken(`${segment('not JSON')}.${body}.${signature}=`)).toBe('base64_signature')
  })

  it('T-11 I-43 I-44 I-45 refuses by size before anything else', () => {
    expect(refusalOfToken('.'.repeat(1_000_000))).toBe('too_large')
    expect(refusalOfToken('a'.repeat(10_000_000))).toBe('too_large')
    expect(refusalOfToken(`${good}${'A'.repeat(8193 - good.length)}`)).toBe('too_large')
    expect(refusalOfToken(`${good}${'A'.repeat(8192 - good.length)}`)).toBe('signature')
  })

  it('T-11 accepts a token of exactly 8192 characters', () => {
    const rest = 8192 - head.length - 2 - 43
    const claims = { sub: 'x'.repeat(Math.floor((rest * 3) / 4) - '{"sub":""}'.length) }
    const token = craft(HEADER, claims)
    expect(token).toHaveLength(8192)
    expect(verifyJwt(token, KEY).claims).toEqual(claims)
  })

  it('T-11 refuses a header over 2 KiB', () => {
    const header = (length: number) => ({
      alg: 'HS256',
      x: 'y'.repeat(length - '{"alg":"HS256","x":""}'.length),
    })
    expect(refusalOfToken(craft(header(2048)))).toBeNull()
    expect(refusalOfToken(craft(header(2049)))).toBe('header_too_large')
  })
})

describe('the header and the claims as JSON', () => {
  const utf8 = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
  const deep = `{"alg":"HS256","a":${'['.repeat(16)}${']'.repeat(16)}}`
  const wide = JSON.stringify({ alg: 'HS256', list: Array.from({ length: 255 }, () => ({ a: 1 })) })

  it.each([
    ['not JSON', 'plain text', 'json'],
    ['empty', '', 'json'],
    ['cut off', '{"alg":"HS256"', 'json'],
    ['JSON and more', '{"alg":"HS256"}{}', 'json'],
    ['behind a byte order mark', '\ufeff{"alg":"HS256"}', 'json'],
    ['not UTF-8', utf8, 'utf8'],
    ['a list', '[{"alg":"HS256"}]', 'object'],
    ['a string', '"HS256"', 'object'],
    ['null', 'null', 'object'],
    ['a number', '1', 'object'],
    ['nested too deeply', deep, 'depth'],
    ['of a member twice', '{"alg":"HS256","alg":"HS256"}', 'duplicate'],
    ['of a member twice, once with an escape', '{"alg":"HS256","\\u0061lg":"HS256"}', 'duplicate'],
    ['of a member twice, deep inside', '{"alg":"HS256","a":{"b":1,"b":1}}', 'duplicate'],
    ['with a lone surrogate', '{"alg":"HS256","a":"\\ud800"}', 'surrogate'],
  ])('T-12 T-13 I-46 refuses a header and a payload that is %s', (_, text, reason) => {
    expect(refusalOfToken(craft(text))).toBe(`header_${reason}`)
    expect(refusalOfToken(craft(HEADER, text))).toBe(`payload_${reason}`)
    expect(refusalOf(() => decodeUnverified(`${segment(HEADER)}.${segment(text)}.`))).toBe(
      `payload_${reason}`,
    )
  })

  it('T-12 refuses more than 256 members', () => {
    expect(refusalOfToken(craft(HEADER, wide))).toBe('payload_members')
    const wideHeader = `{"alg":"HS256",${Array.from({ length: 256 }, (_, index) => `"${index}":1`).join()}}`
    expect(refusalOfToken(craft(wideHeader))).toBe('header_members')
  })

  it('T-12 lets the last claim count where a dialect says so, but never in the header', () => {
    const rules = { duplicateClaims: 'last' } as const
    const token = craft(HEADER, '{"sub":"alice","sub":"bob"}')
    expect(verifyJwt(token, KEY, rules).claims).toEqual({ sub: 'bob' })
    expect(claimsOf(Buffer.from('{"a":1,"a":2}'), rules)).toEqual({ a: 2 })
    expect(refusalOf(() => verifyJwt(craft('{"alg":"HS256","alg":"HS256"}'), KEY, rules))).toBe(
      'header_duplicate',
    )
  })

  it('T-13 reads all of Unicode, and any white space that JSON allows', () => {
    const claims = { sub: 'Zoë 🔑 \u0000 \ufffd 中文' }
    expect(verifyJwt(craft(HEADER, claims), KEY).claims).toEqual(claims)
    expect(verifyJwt(craft('\r\n {"alg" :\t"HS256"} '), KEY).claims).toEqual({ sub: 'alice' })
  })

  it('T-23 takes claims and header members named like prototypes for what they are', () => {
    const text =
      '{"alg":"HS256","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"toString":1}'
    const { header, claims } = verifyJwt(craft(text, text), KEY)
    for (const value of [header, claims]) {
      expect(Object.keys(value)).toEqual(['alg', '__proto__', 'constructor', 'toString'])
      expect(value['admin']).toBeUndefined()
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ admin: true })
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })
})

describe('parseToken and decodeUnverified', () => {
  it('gives the header of a token that nobody has verified', () => {
    expect(parseToken(craft({ alg: 'ES256', kid: 'k1' })).header).toEqual({ alg: 'ES256', kid: 'k1' })
  })

  it('I-30 T-32 looking and verifying read the same, whatever the claims', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 }),
        (claims) => {
          const token = signJwt(claims, KEY, { typ: 'JWT' })
          const { header, claims: verified } = verifyJwt(token, KEY)
          expect(decodeUnverified(token)).toEqual({ header, claims: verified })
        },
      ),
    )
  })

  it('I-30 looking refuses each form that verifying refuses', () => {
    for (const token of [
      '',
      `${good}.`,
      `${good}=`,
      `${good}\n`,
      `${segment('[]')}.${body}.`,
      craft({ alg: 'none' }),
    ]) {
      expect(refusalOf(() => decodeUnverified(token))).toBe(refusalOfToken(token))
    }
  })
})
