import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Engines } from '../../../src/auth/passwords/engines.ts'
import { recognize } from '../../../src/auth/passwords/formats.ts'
import type { Work } from '../../../src/auth/passwords/work.ts'
import { passwordsOn } from '../../../src/auth/passwords.ts'
import { SHAPES } from './shapes.ts'

const current = { memory: 64, passes: 1 }

/** Engines that compute nothing and write down what they were asked for: limits are on parameters, never on time. */
function idleEngines(): { readonly engines: Promise<Engines>; readonly asked: Work[] } {
  const asked: Work[] = []
  const idle = async (_: Uint8Array, work: Work): Promise<Uint8Array> => {
    asked.push(work)
    return new Uint8Array()
  }
  return {
    engines: Promise.resolve({ argon2: idle, hasArgon2: true, scrypt: idle, pbkdf2: idle, bcrypt: idle }),
    asked,
  }
}

const MIB = 2 ** 20
function isWithinCaps(work: Work): boolean {
  switch (work.kind) {
    case 'argon2':
      return work.memory * 1024 <= 256 * MIB && work.passes <= 10 && work.parallelism <= 16
    case 'scrypt':
      return 128 * work.N * work.r * work.p <= 256 * MIB
    case 'pbkdf2':
      return work.rounds <= 5_000_000 && work.length <= 64
    case 'bcrypt':
      return work.cost <= 15
  }
}

/** A real hash in which a few characters are replaced, put in or taken out, or one number has become another. */
const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...Object.values(SHAPES)),
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'0123456789$:,=./+Aaf!\0\n')), {
      maxLength: 4,
    }),
    fc.option(
      fc.tuple(fc.nat(5), fc.oneof(fc.nat(), fc.constantFrom('99999999999', '-1', '1e9', '0x7f', ''))),
    ),
  )
  .map(([stored, edits, number]) => {
    const edited = edits.reduce((text, [at, drop, put]) => {
      const index = at % (text.length + 1)
      return text.slice(0, index) + put + text.slice(index + drop)
    }, stored)
    if (number === null) return edited
    let left = number[0]
    return edited.replace(/\d+/g, (digits) => (left-- === 0 ? String(number[1]) : digits))
  })

const anything = fc.oneof(
  { weight: 8, arbitrary: mutated },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2000 }) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'$:,=mtplnvr0123456789Aa'), maxLength: 80 }) },
)

describe('a hostile stored hash', () => {
  it('P-15: every shape that the mutations start from is a known one', () => {
    for (const [name, stored] of Object.entries(SHAPES)) expect(recognize(stored), name).not.toBeNull()
  })

  it('P-06, P-15: never throws, never matches, never asks for more than the caps', async () => {
    await fc.assert(
      fc.asyncProperty(anything, fc.string({ unit: 'grapheme', maxLength: 40 }), async (stored, password) => {
        const { engines, asked } = idleEngines()
        const verified = await passwordsOn(engines, current).verify(password, stored)
        expect(verified).toEqual({ matches: false, upgrade: false })
        expect(asked.filter((work) => !isWithinCaps(work))).toEqual([])
        // At most two readings, each in at most two spellings, and what was missing.
        expect(asked.length).toBeLessThanOrEqual(4)
        expect(asked.length).toBeGreaterThan(0)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    [
      'argon2 with 4 GiB',
      '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2 with a little over 256 MiB',
      '$argon2id$v=19$m=262145,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2 with eleven passes',
      '$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2 with a thousand lanes',
      '$argon2id$v=19$m=65536,t=2,p=255$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'Django argon2 with 4 GiB',
      'argon2$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'wrapped with 4 GiB',
      'latchkey-wrapped$sha1$salt$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    ['Werkzeug scrypt with N = 2²⁰', `scrypt:1048576:8:1$salt$${'a'.repeat(128)}`],
    ['Werkzeug scrypt with p = 1024', `scrypt:32768:8:1024$salt$${'a'.repeat(128)}`],
    [
      'Passlib scrypt with ln = 31',
      '$scrypt$ln=31,r=8,p=1$c2FsdA$hsLw37WYKkX+lzDVzbtHNKj5Atb/f5lYa2E5iVRXQ/g',
    ],
    ['Werkzeug pbkdf2 with 5,000,001 rounds', `pbkdf2:sha256:5000001$salt$${'a'.repeat(64)}`],
    ['pbkdf2 whose result is longer than its digest', `pbkdf2:sha1:4000000$salt$${'a'.repeat(128)}`],
    [
      'Django pbkdf2 with 999,999,999 rounds',
      'pbkdf2_sha256$999999999$seasalt$Ybw8zsFxqja97tY/o6G+Fy1ksY4U/Hw3DRrGED6Up4s=',
    ],
    ['bcrypt with cost 16', '$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt with cost 99', '$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    [
      'Passlib bcrypt_sha256 with cost 31',
      '$bcrypt-sha256$2a,31$LrmaIX5x4TRtAwEfwJZa1.$2ehnw6LvuIUTM0iz4iz9hTxv21B6KFO',
    ],
    ['more than a kilobyte', `sha256$${'s'.repeat(1024)}$${'a'.repeat(64)}`],
  ])('P-06, P-15, I-78: %s costs what an unknown user costs', async (_, stored) => {
    const { engines, asked } = idleEngines()
    await passwordsOn(engines, current).verify('a password', stored)
    expect(asked).toMatchObject([{ kind: 'argon2', ...current }])
  })
})
