import { describe, expect, it } from 'vitest'
import { recognize } from '../../../src/auth/passwords/formats.ts'
import { createPasswords, describeHash, inspectHash } from '../../../src/auth/passwords/index.ts'
import { SHAPES } from './shapes.ts'

describe('describeHash', () => {
  it.each(Object.entries(SHAPES))('P-15: knows %s, and no other format takes it', (name, stored) => {
    expect(recognize(stored)?.format).toBe(name)
    expect(inspectHash(stored)).toEqual({
      format: name,
      fate: name === 'salted digest' ? 'wrapped' : 'upgraded',
    })
  })

  it.each([
    ['', 'no password, must be reset'],
    ['plain$$secret', 'Werkzeug plain text, must be reset'],
    ['!NukyhsQI47psPsAyBZTh212niFZSJBjv3g5mxUmz', 'Django unusable password, must be reset'],
    [
      '$2x$12$LKwc3dkHFAlKEUAqlbn0OuGpBocI5yLhyIuEBk29nCNxCxzqTn2xm',
      'bcrypt of the broken 2x kind, must be reset',
    ],
    ['$6$rounds=656000$9Vx7zCgVpcZZ8AbZ$OtF7hHMAtfelw3paq9WTcbgSj', 'crypt, must be reset'],
    ['$P$984478476IagS59wHZvyQMArzfx58u.', 'phpass, must be reset'],
    ['hunter2', 'unknown format, must be reset'],
    [
      'pbkdf2_sha256$1000000$salt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=',
      'Django pbkdf2, will be upgraded',
    ],
    [
      'pbkdf2_sha256$9999999$salt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=',
      'Django pbkdf2 with too much work, must be reset',
    ],
    ['sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8', 'salted digest, will be wrapped'],
  ])('P-15: says of %s: %s', (stored, sentence) => {
    expect(describeHash(stored)).toBe(sentence)
  })

  it('P-06: what we make ourselves stays as it is', async () => {
    expect(describeHash(await createPasswords().hash('correct horse battery staple'))).toBe(
      'argon2, stays as it is',
    )
    expect(inspectHash(await createPasswords({ memory: 64 }).hash('correct horse battery')).fate).toBe(
      'upgraded',
    )
  })
})
