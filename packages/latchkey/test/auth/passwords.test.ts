import { verify } from '@node-rs/argon2'
import { describe, expect, it, vi } from 'vitest'
import { createPasswords, passwordsOn } from '../../src/auth/passwords.ts'
import { codeOf } from './code-of.ts'
import { costOfAll, countingEngines, withoutArgon2 } from './counting-engines.ts'

const cheap = { memory: 64, passes: 2 }
const current = cheap.memory * cheap.passes
const password = 'correct horse battery staple'

describe('hash and verify', () => {
  const passwords = createPasswords(cheap)

  it('P-06: stores argon2id with 19 MiB and two passes as a PHC string that others read', async () => {
    const stored = await createPasswords().hash(password)
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await verify(stored, password)).toBe(true)
  })

  it('P-06: every hash has a salt of its own', async () => {
    expect(await passwords.hash(password)).not.toBe(await passwords.hash(password))
  })

  it('knows the right password from a wrong one', async () => {
    const stored = await passwords.hash(password)
    expect(await passwords.verify(password, stored)).toEqual({ matches: true, upgrade: false })
    expect(await passwords.verify(`${password} `, stored)).toEqual({ matches: false, upgrade: false })
    expect(await passwords.verify(password.toUpperCase(), stored)).toEqual({ matches: false, upgrade: false })
    expect(await passwords.verify('', stored)).toEqual({ matches: false, upgrade: false })
    expect(await passwords.verify(password, null)).toEqual({ matches: false, upgrade: false })
  })

  it.each([
    ['byte 73', 'a'.repeat(72).concat('b'), 'a'.repeat(72).concat('c')],
    ['byte 200', 'a'.repeat(199).concat('b'), 'a'.repeat(199).concat('c')],
    ['what follows a zero byte', 'correct horse\0battery', 'correct horse\0staples'],
    ['blanks at the end', 'correct horse battery', 'correct horse battery '],
  ])('P-04, I-80: notices a change of %s', async (_, right, wrong) => {
    const stored = await passwords.hash(right)
    expect((await passwords.verify(right, stored)).matches).toBe(true)
    expect((await passwords.verify(wrong, stored)).matches).toBe(false)
  })

  it('P-05: both spellings of an accented letter sign in', async () => {
    const stored = await passwords.hash('crème brûlée à volonté'.normalize('NFD'))
    expect(await passwords.verify('crème brûlée à volonté'.normalize('NFC'), stored)).toEqual({
      matches: true,
      upgrade: false,
    })
    expect((await passwords.verify('crème brûlée à volonté'.normalize('NFD'), stored)).matches).toBe(true)
    expect((await passwords.verify('creme brulee a volonte', stored)).matches).toBe(false)
  })

  it('P-05: compatibility forms stay apart, for only canonical spellings are the same text', async () => {
    const stored = await passwords.hash('ﬁfteen characters')
    expect((await passwords.verify('fifteen characters', stored)).matches).toBe(false)
  })

  it('P-01: refuses over 1,024 bytes before any hashing', async () => {
    const { engines, done } = countingEngines()
    const counting = passwordsOn(engines, cheap)
    const long = 'a'.repeat(1025)
    expect(await codeOf(() => counting.hash(long))).toBe('invalid_input')
    expect(await codeOf(() => counting.verify(long, null))).toBe('invalid_input')
    expect(done).toEqual([])
  })

  it('P-06: a hash with older parameters matches and asks to be replaced', async () => {
    const stored = await createPasswords({ memory: 32, passes: 1 }).hash(password)
    expect(await passwords.verify(password, stored)).toEqual({ matches: true, upgrade: true })
    expect((await passwords.verify('something else', stored)).matches).toBe(false)
  })

  it('L-08: refuses when the queue is full instead of letting it grow', async () => {
    const small = createPasswords({ ...cheap, concurrency: 1, queue: 3 })
    const codes = await Promise.all(Array.from({ length: 10 }, () => codeOf(() => small.hash(password))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(4)
    expect(codes.filter((code) => code === 'unavailable')).toHaveLength(6)
  })
})

describe('equal work', () => {
  const { engines, done } = countingEngines()
  const passwords = passwordsOn(engines, cheap)
  const costsOf = async (typed: string, stored: string | null): Promise<number> => {
    done.length = 0
    await passwords.verify(typed, stored)
    return costOfAll(done)
  }

  it('P-07: an unknown user costs exactly what a known one costs', async () => {
    const stored = await passwords.hash(password)
    done.length = 0
    await passwords.verify('a wrong password', stored)
    const known = done.splice(0).map(({ kind, ...work }) => ({ kind, ...work, salt: undefined }))
    await passwords.verify('a wrong password', null)
    expect(done.map(({ kind, ...work }) => ({ kind, ...work, salt: undefined }))).toEqual(known)
    expect(known).toHaveLength(1)
  })

  it.each([
    { memory: 8, passes: 1 },
    { memory: 32, passes: 1 },
    { memory: 32, passes: 2 },
    { memory: 64, passes: 1 },
    { memory: 60, passes: 2 },
    { memory: 16, passes: 2, parallelism: 2 },
  ])('P-07, I-78: a user with older parameters %o costs no less', async (older) => {
    const stored = await createPasswords(older).hash(password)
    const cost = await costsOf('a wrong password', stored)
    expect(cost).toBeGreaterThan(current * 0.95)
    expect(cost).toBeLessThan(current * 1.07)
  })

  it.each([
    ['nothing', ''],
    ['something that is no hash', 'hunter2'],
    ['an account without password', '!NukyhsQI47psPsAyBZTh212niFZSJBjv3g5mxUmz'],
    [
      'more memory than it may ask for',
      '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K2vJXzJ6Z9v0x5bQ3yYJmQ',
    ],
    ['too many passes', '$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHRzb21lc2FsdA$K2vJXzJ6Z9v0x5bQ3yYJmQ'],
    ['too many rounds of scrypt', '$scrypt$ln=22,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$K2vJXzJ6Z9v0x5bQ3yYJmQ'],
    ['text without end', 'x'.repeat(100_000)],
  ])('P-06, P-07: a stored hash that holds %s matches nothing and costs as much', async (_, stored) => {
    expect(await costsOf(password, stored)).toBe(current)
    expect(await passwords.verify(password, stored)).toEqual({ matches: false, upgrade: false })
  })

  it('P-05, P-07: a password with two spellings costs two checks, known or unknown', async () => {
    const typed = 'crème brûlée'.normalize('NFD')
    expect(await costsOf(typed, await passwords.hash(password))).toBe(2 * current)
    expect(await costsOf(typed, null)).toBe(2 * current)
    expect(await costsOf(typed, await passwords.hash(typed))).toBe(2 * current)
  })

  it('I-78: a password of 1,000 bytes costs the same for an unknown user', async () => {
    const long = 'a correct horse '.repeat(62)
    expect(await costsOf(long, null)).toBe(await costsOf(long, await passwords.hash(password)))
  })
})

describe('without argon2', () => {
  it('P-06: hashes with scrypt, and the hash is replaced when argon2 is there', async () => {
    const { engines, done } = countingEngines(withoutArgon2())
    const without = passwordsOn(engines, cheap)
    const stored = await without.hash(password)
    expect(stored).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await without.verify(password, stored)).toEqual({ matches: true, upgrade: false })
    done.length = 0
    expect(await without.verify('a wrong password', null)).toEqual({ matches: false, upgrade: false })
    expect(done).toMatchObject([{ kind: 'scrypt', N: 2 ** 17, r: 8, p: 1 }])
    expect(await createPasswords(cheap).verify(password, stored)).toEqual({ matches: true, upgrade: true })
  })

  it('P-07: a hash that cannot be computed here matches nothing after the same work, and the operator is told once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { engines, done } = countingEngines(withoutArgon2())
    const without = passwordsOn(engines, cheap)
    const stored = await createPasswords(cheap).hash(password)
    for (let i = 0; i < 2; i++) expect((await without.verify(password, stored)).matches).toBe(false)
    expect(done.map(({ kind }) => kind)).toEqual(['scrypt', 'scrypt'])
    expect(warn.mock.calls).toEqual([[expect.stringContaining('npm install @node-rs/argon2')]])
    warn.mockRestore()
  })
})
