import { describe, expect, it } from 'vitest'
import { createPasswords, type Passwords } from '../../../src/auth/passwords.ts'
import type { AuthError } from '../../../src/base/errors.ts'
import { codeOf } from '../code-of.ts'

const passwords = createPasswords({ serviceName: 'Example Shop' })
const judge = (password: string, username = 'ada.lovelace@example.org') =>
  codeOf(() => passwords.requireAcceptable(password, username))

describe('requireAcceptable', () => {
  it('P-01: counts code points: fifteen are enough, fourteen are not', async () => {
    expect(await judge('fourteen chars')).toBe('weak_password')
    expect(await judge('fifteen charact')).toBe('accepted')
    expect(await judge('🐎🔋📎🐴🌊🌋🌍🌎🌏🌐🌑🌒🌓🌔🌖')).toBe('accepted')
    expect(await judge('🐎🔋📎🐴🌊🌋🌍🌎')).toBe('weak_password')
  })

  it('P-01, P-05: counts an accented letter once, however it is typed', async () => {
    expect(await judge('éàùèöä pas long')).toBe('accepted')
    expect(await judge('éàùèöä pas lon'.normalize('NFD'))).toBe('weak_password')
  })

  it('P-01: takes 64 characters and more, up to 1,024 bytes', async () => {
    expect(await judge('correct horse battery staple, '.repeat(4))).toBe('accepted')
    expect(await judge('é ü'.repeat(204).concat('four'))).toBe('accepted')
    expect(await judge(`${'correct horse '.repeat(73)}ab`)).toBe('accepted')
    expect(await judge(`${'correct horse '.repeat(73)}abc`)).toBe('invalid_input')
  })

  it('P-02: asks for no mixture of characters, and blanks count', async () => {
    expect(await judge('onlysmallletters')).toBe('accepted')
    expect(await judge('  one two three  ')).toBe('accepted')
    expect(await judge('контрасеньор лошадь')).toBe('accepted')
  })

  it.each([
    'ada.lovelace@example.org',
    'ADA.LOVELACE@example.org',
    'ada.lovelaceada.lovelace',
    'ada.lovelace123',
    'Example Shop 12',
    'Example ShopExample Shop',
    'ｅｘａｍｐｌｅ ｓｈｏｐ 12',
  ])('P-03: refuses what everybody knows about the account: %s', async (password) => {
    expect(await judge(password)).toBe('weak_password')
  })

  it.each([
    'aaaaaaaaaaaaaaaa',
    '                ',
    'passwordpassword',
    'abcabcabcabcabcab',
    '123456789012345',
    '0987654321098765',
    'abcdefghijklmnop',
    'ponmlkjihgfedcba',
  ])('P-03: refuses a pattern: %s', async (password) => {
    expect(await judge(password)).toBe('weak_password')
  })

  it('P-03: refuses what is common, in any case and width, however short a password may be', async () => {
    const second = createPasswords({ minLength: 8 })
    const reasonOf = (password: string, { requireAcceptable }: Passwords = second): string => {
      try {
        requireAcceptable(password, 'ada')
        return 'accepted'
      } catch (error) {
        return String((error as AuthError).details.reason)
      }
    }
    for (const common of [
      'trustno1',
      'iloveyou',
      'Football',
      'BASEBALL',
      'ｓｕｎｓｈｉｎｅ',
      '1qaz2wsx',
      'passw0rd',
    ])
      expect(reasonOf(common)).toBe('common')
    for (const common of ['1qaz2wsx3edc4rfv', 'Qwertyuiop12345', '1234567890qwerty'])
      expect(reasonOf(common, passwords)).toBe('common')
    for (const good of ['trustno1 ', 'tr0ub4dor and 3', 'correct horse battery staple'])
      expect(reasonOf(good)).toBe('accepted')
  })

  it('P-03: a short user name inside a long password is no reason to refuse it', async () => {
    expect(await judge('ada has a red bicycle', 'ada')).toBe('accepted')
    expect(await judge('a and b and c and d', 'a')).toBe('accepted')
  })

  it('P-05: refuses text that is not Unicode, of which two would have one hash', async () => {
    expect(await judge('correct horse \ud800 battery')).toBe('invalid_input')
  })
})

describe('createPasswords', () => {
  it.each([
    { minLength: 7 },
    { memory: 4 },
    { memory: 300_000 },
    { memory: 16, parallelism: 4 },
    { passes: 0 },
    { passes: 11 },
    { concurrency: 0 },
    { queue: -1 },
    { memory: Number.NaN },
  ])('refuses options that cannot work when it is built: %o', (options) => {
    expect(() => createPasswords(options)).toThrow(TypeError)
  })
})
