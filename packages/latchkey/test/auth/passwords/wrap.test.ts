import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPasswords, inspectHash, wrapLegacyHash } from '../../../src/auth/passwords/index.ts'
import { codeOf } from '../code-of.ts'
import { SHAPES } from './shapes.ts'

const password = 'correct horse battery staple'
const passwords = createPasswords()
const hmac = (digest: string) =>
  `${digest}$seasalt$${createHmac(digest, 'seasalt').update(password).digest('hex')}`
const WEAK = {
  'Werkzeug md5': hmac('md5'),
  'Werkzeug sha1': hmac('sha1'),
  'Werkzeug sha256': hmac('sha256'),
  'Werkzeug sha512': hmac('sha512'),
  'Django sha1': `sha1$seasalt$${createHash('sha1').update(`seasalt${password}`).digest('hex')}`,
  'a digest without salt': `md5$$${createHash('md5').update(password).digest('hex')}`,
} as const

describe('wrapLegacyHash', () => {
  it.each(Object.entries(WEAK))(
    'P-15: %s is no longer in what is stored, and its owner signs in',
    async (_, weak) => {
      const wrapped = await wrapLegacyHash(weak)
      expect(wrapped).toMatch(/^latchkey-wrapped\$\w+\$(seasalt)?\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      expect(wrapped).not.toContain(weak.split('$')[2])
      expect(await passwords.verify(password, wrapped)).toEqual({ matches: true, upgrade: true })
      expect(await passwords.verify(`${password}x`, wrapped)).toEqual({ matches: false, upgrade: false })
      // Whoever has the old table must not get in with what it holds.
      expect((await passwords.verify(weak.split('$')[2]!, wrapped)).matches).toBe(false)
      expect(inspectHash(wrapped)).toEqual({ format: 'wrapped digest', fate: 'upgraded' })
    },
  )

  it('P-15: two users with the same old hash no longer share one', async () => {
    expect(await wrapLegacyHash(WEAK['Werkzeug md5'])).not.toBe(await wrapLegacyHash(WEAK['Werkzeug md5']))
  })

  it('P-15: leaves alone what is stretched already, wrapped hashes among it', async () => {
    for (const stored of [SHAPES['Django pbkdf2']!, SHAPES['bcrypt']!, SHAPES['wrapped digest']!]) {
      expect(await wrapLegacyHash(stored)).toBe(stored)
    }
  })

  it.each(['plain$$secret', '!unusable', '$6$rounds=656000$abc$def', 'hunter2', ''])(
    'P-15: refuses what can never be verified: %s',
    async (stored) => {
      expect(await codeOf(() => wrapLegacyHash(stored))).toBe('invalid_input')
    },
  )

  it('G-01: the refusal does not repeat what was stored', async () => {
    await expect(wrapLegacyHash('plain$$a plain secret')).rejects.not.toThrow(/secret/)
  })
})
