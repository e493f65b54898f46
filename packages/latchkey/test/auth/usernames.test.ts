import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usernameKeyOf } from '../../src/auth/usernames.ts'
import { AuthError } from '../../src/base/errors.ts'

const keyOrCode = (name: string): string => {
  try {
    return usernameKeyOf(name)
  } catch (error) {
    if (error instanceof AuthError && error.details.field === 'username') return error.code
    throw error
  }
}

describe('usernameKeyOf', () => {
  it.each([
    ['ada', 'ada'],
    ['Ada Lovelace', 'ada lovelace'],
    ['ＡＤＭＩＮ', 'admin'],
    ['STRASSE', 'strasse'],
    ['straße', 'strasse'],
    ['Ὀδυσσεύς', 'ὀδυσσεύς'],
    ['ﬁsh', 'fish'],
    ['Ada@Example.ORG', 'ada@example.org'],
    ['e\u0301ve', 'éve'],
    ['\u212Aelvin', 'kelvin'],
    ['李小龍', '李小龍'],
  ])('P-11: %s is looked up as %s', (name, key) => {
    expect(usernameKeyOf(name)).toBe(key)
  })

  it('P-11: one name has one key in every spelling of its case', () => {
    for (const name of ['Σίσυφος', 'ΣΊΣΥΦΟΣ', 'σίσυφοσ'])
      expect(usernameKeyOf(name)).toBe(usernameKeyOf('σίσυφος'))
  })

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['a blank before it', ' admin'],
    ['a no-break space after it', 'admin\u00a0'],
    ['two blanks in a row', 'ada  lovelace'],
    ['a zero byte', 'admin\0'],
    ['a line feed', 'ada\nmin'],
    ['a zero-width space', 'ad\u200bmin'],
    ['a zero-width joiner', 'ad\u200dmin'],
    ['a right-to-left override', 'ad\u202emin'],
    ['a soft hyphen', 'ad\u00admin'],
    ['a byte order mark', '\ufeffadmin'],
    ['a Hangul filler, which is a letter that shows nothing', 'admin\u3164'],
    ['a variation selector', 'admin\ufe0f'],
    ['an empty Braille cell', 'admin\u2800'],
    ['half of a pair', 'ad\ud800min'],
    ['a character of private use', 'ad\ue000min'],
    ['a paragraph separator', 'ad\u2029min'],
    ['257 bytes', 'a'.repeat(257)],
    ['129 characters of two bytes', 'é'.repeat(129)],
    ['what becomes long when it is normalised', '\ufdfa'.repeat(80)],
  ])('P-11: refuses a name with %s', (_, name) => {
    expect(keyOrCode(name)).toBe('invalid_input')
  })

  it('P-11: takes 256 bytes', () => {
    expect(usernameKeyOf('a'.repeat(256))).toHaveLength(256)
  })

  it('P-11: a key is its own key, for every text there is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (name) => {
        const key = keyOrCode(name)
        fc.pre(key !== 'invalid_input')
        expect(usernameKeyOf(key)).toBe(key)
        expect(usernameKeyOf(name.toUpperCase())).toBe(key)
        expect(usernameKeyOf(name.normalize('NFD'))).toBe(key)
      }),
      { numRuns: 2000 },
    )
  })
})
