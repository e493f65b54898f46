import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'
import { bearerToken } from '../../src/http/bearer.ts'
import { cookieValue } from '../../src/http/cookie-header.ts'
import { codeOf } from '../auth/code-of.ts'

const runs = process.env['LATCHKEY_TEST_TIER'] === 'f' ? 100_000 : 5_000

/** What a header may hold on the wire: bytes as Latin-1, pieces that look like ours among them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('Bearer', 'bearer ', ' ', ',', '\t', '%', '%00', 'a.b.c', 'Basic ', '=', ';'),
      latin1(),
    ),
  )
  .map((parts) => parts.join(''))

function latin1(): fc.Arbitrary<string> {
  return fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 12,
  })
}

describe('the Authorization header', () => {
  test('H-02 gives its token, whatever the case of the scheme and the blanks around', () => {
    for (const value of ['Bearer a.b.c', 'bearer a.b.c', 'BEARER \t a.b.c  ', '\tBearer\ta.b.c'])
      expect(bearerToken(value)).toBe('a.b.c')
  })

  test('H-02 strips spaces and tabs, and no other white space', () => {
    for (const scheme of ['Bearer', 'bearer'])
      expect(bearerToken(` ${scheme} \u00a0a.b.c\u00a0 `)).toBe('\u00a0a.b.c\u00a0')
    expect(bearerToken('Bearer a.b.c\u00a0')).toBe('a.b.c\u00a0')
    expect(bearerToken(`${' '.repeat(30_000)}Bearer a.b.c${' '.repeat(30_000)}`)).toBe('a.b.c')
  })

  test('is no token of ours when it is absent, empty or of another scheme', () => {
    for (const value of [
      null,
      undefined,
      '',
      ' ',
      'Basic YTpi',
      'BearerX a.b.c',
      'Bearer-2 x',
      'Token a.b.c',
      ', ,Bearer x',
    ])
      expect(bearerToken(value)).toBeNull()
  })

  test('is refused when it is of our scheme and not exactly one token', async () => {
    for (const value of [
      'Bearer',
      'Bearer ',
      'Bearer\u00a0x',
      'Bearer,x',
      'Bearer a b',
      'Bearer a,b',
      'Bearer a, Bearer b',
      'Bearer=x',
    ])
      expect([value, await codeOf(() => bearerToken(value))]).toEqual([value, 'invalid_token'])
  })

  test('H-03 I-54 whatever it holds, ends in a token, in none, or in a refusal of ours', () => {
    const ends = (value: string): void => {
      try {
        const token = bearerToken(value)
        expect(token === null || (token.length > 0 && !/[ \t,]/.test(token))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(AuthError)
      }
    }
    fc.assert(fc.property(hostile, ends), { numRuns: runs })
  })
})

describe('the Cookie header', () => {
  test('gives the value of exactly our name', () => {
    expect(cookieValue('a=1; t=x.y.z; b=2', 't')).toBe('x.y.z')
    expect(cookieValue('a=1;t=x=y', 't')).toBe('x=y')
    expect(cookieValue('a=1; \t t=x \t', 't')).toBe('x')
    for (const header of [null, undefined, '', 'a=1', 'T=1', 'tt=1', 'at=1', 'a=t=1', 't', 't ; a', 't='])
      expect([header, cookieValue(header, 't')]).toEqual([header, null])
  })

  test('H-08 I-85 is refused when our name is there twice or imitated without a name', async () => {
    for (const header of ['t=1; t=2', 't=1; t=1', 't=; t=1', '=t=1', 't=1; =t=2', 'a=1; \t=t=1'])
      expect([header, await codeOf(() => cookieValue(header, 't'))]).toEqual([header, 'invalid_request'])
  })

  test('H-08 I-85 a name with an exotic space before it is another name, whose prefix no browser guards', () => {
    for (const space of '\u00a0\u1680\u2000\u2003\u2028\u202f\u3000\ufeff\v\f\u0085') {
      expect(cookieValue(`${space}__Host-t=evil`, '__Host-t')).toBeNull()
      expect(cookieValue(`${space}__Host-t=evil; __Host-t=good`, '__Host-t')).toBe('good')
    }
  })

  test('H-08 never gives a value that another name holds', () => {
    const property = (header: string): void => {
      try {
        const value = cookieValue(header, '__Host-t')
        if (value !== null) expect(header).toContain(`__Host-t=${value}`)
      } catch (error) {
        expect(error).toBeInstanceOf(AuthError)
      }
    }
    const parts = fc.constantFrom('__Host-t=', '__host-t=', '=', ';', ' ', 'x', '__Host-t', 'a=b')
    fc.assert(
      fc.property(
        fc.array(fc.oneof(parts, latin1())).map((all) => all.join('')),
        property,
      ),
      { numRuns: runs },
    )
  })
})
