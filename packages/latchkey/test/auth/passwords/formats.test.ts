import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { describe, expect, it, vi } from 'vitest'
import { absent } from '../../../src/auth/passwords/engines.ts'
import { createPasswords } from '../../../src/auth/passwords/index.ts'
import { passwordsOn } from '../../../src/auth/passwords.ts'
import { costOfAll, countingEngines } from '../counting-engines.ts'

interface Case {
  readonly name: string
  readonly expected: 'match' | 'refuse' | 'unsupported'
  readonly hash: string
}
const vectors: { password: string; hashes: Case[] } = JSON.parse(
  readFileSync(new URL('../../vectors/legacy-password-hashes.json', import.meta.url), 'utf8'),
)
const matching = vectors.hashes.filter(({ expected }) => expected === 'match')
const refused = vectors.hashes.filter(({ expected }) => expected !== 'match')

const passwords = createPasswords({ memory: 64, passes: 1 })
const MATCH = { matches: true, upgrade: true }
const NO_MATCH = { matches: false, upgrade: false }

describe('hashes of other systems', () => {
  it.each(matching)('P-15: $name signs in with its password alone, and is upgraded', async ({ hash }) => {
    expect(await passwords.verify(vectors.password, hash)).toEqual(MATCH)
    expect(await passwords.verify(`${vectors.password}x`, hash)).toEqual(NO_MATCH)
  })

  it.each(refused)('P-15: nobody signs in with $name', async ({ hash }) => {
    expect(await passwords.verify(vectors.password, hash)).toEqual(NO_MATCH)
    expect(await passwords.verify(hash, hash)).toEqual(NO_MATCH)
    expect(await passwords.verify('', hash)).toEqual(NO_MATCH)
  })
})

// From the documentation and the test suites of those projects.
const PUBLISHED = [
  [
    'Passlib bcrypt_sha256, first version',
    'password',
    '$bcrypt-sha256$2a,12$LrmaIX5x4TRtAwEfwJZa1.$2ehnw6LvuIUTM0iz4iz9hTxv21B6KFO',
  ],
  [
    'Passlib pbkdf2_sha256',
    'password',
    '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
  ],
  [
    'Django pbkdf2_sha256 of 1.6',
    'lètmein',
    'pbkdf2_sha256$12000$seasalt$Ybw8zsFxqja97tY/o6G+Fy1ksY4U/Hw3DRrGED6Up4s=',
  ],
  ['Django sha1', 'lètmein', 'sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8'],
  ['Django md5', 'lètmein', 'md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3'],
  [
    'Django scrypt',
    'lètmein',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
  ],
  ['bcrypt 2a', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  [
    'argon2id',
    'password',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  ],
  [
    'argon2i in version 16, without a word of it',
    'password',
    '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
  ],
  [
    'argon2i with two lanes',
    'password',
    '$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E',
  ],
] as const

describe('hashes that were published', () => {
  it.each(PUBLISHED)('P-15: %s', async (_, password, stored) => {
    expect(await passwords.verify(password, stored)).toEqual(MATCH)
    expect(await passwords.verify(`${password}x`, stored)).toEqual(NO_MATCH)
  })
})

const pw = vectors.password
const salt = 'abcdEFGH12345678'
const dotted = (bytes: Uint8Array) =>
  Buffer.from(bytes).toString('base64').replace(/=+$/, '').replaceAll('+', '.')
const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
const hmac = (digest: string, key = salt) => createHmac(digest, key).update(pw).digest('hex')

const MADE: Readonly<Record<string, string | Promise<string>>> = {
  'Werkzeug pbkdf2:sha1:1000, of 0.9': `pbkdf2:sha1:1000$${salt}$${pbkdf2Sync(pw, salt, 1000, 20, 'sha1').toString('hex')}`,
  'Werkzeug pbkdf2:sha256:150000, of 1.0': `pbkdf2:sha256:150000$${salt}$${pbkdf2Sync(pw, salt, 150_000, 32, 'sha256').toString('hex')}`,
  'Werkzeug pbkdf2:sha512': `pbkdf2:sha512:1000$${salt}$${pbkdf2Sync(pw, salt, 1000, 64, 'sha512').toString('hex')}`,
  'Werkzeug scrypt with other costs': `scrypt:1024:4:2$${salt}$${scryptSync(pw, salt, 64, { N: 1024, r: 4, p: 2 }).toString('hex')}`,
  'Werkzeug md5': `md5$${salt}$${hmac('md5')}`,
  'Werkzeug sha1': `sha1$${salt}$${hmac('sha1')}`,
  'Werkzeug sha512': `sha512$${salt}$${hmac('sha512')}`,
  'Werkzeug sha256 without a salt': `sha256$$${createHash('sha256').update(pw).digest('hex')}`,
  'Django pbkdf2_sha1': `pbkdf2_sha1$1000$${salt}$${pbkdf2Sync(pw, salt, 1000, 20, 'sha1').toString('base64')}`,
  'Django sha1': `sha1$a1b2c$${createHash('sha1').update(`a1b2c${pw}`).digest('hex')}`,
  'Passlib pbkdf2 with SHA-1': `$pbkdf2$1000$${dotted(Buffer.from(salt))}$${dotted(pbkdf2Sync(pw, salt, 1000, 20, 'sha1'))}`,
  'Passlib pbkdf2_sha512': `$pbkdf2-sha512$1000$${dotted(Buffer.from(salt))}$${dotted(pbkdf2Sync(pw, salt, 1000, 64, 'sha512'))}`,
  'Passlib scrypt': `$scrypt$ln=10,r=4,p=2$${plain(Buffer.from(salt))}$${plain(scryptSync(pw, salt, 32, { N: 1024, r: 4, p: 2 }))}`,
  'better-auth': `${'0123456789abcdef'.repeat(2)}:${scryptSync(pw.normalize('NFKC'), '0123456789abcdef'.repeat(2), 64, { N: 16_384, r: 16, p: 1, maxmem: 2 ** 26 }).toString('hex')}`,
  'bcrypt 2y': bcrypt(pw, 4, Buffer.from(salt)),
  'bcrypt 2b': bcrypt(pw, 4, Buffer.from(salt)).then((stored) => stored.replace('$2y$', '$2b$')),
  'Django bcrypt': bcrypt(pw, 4, Buffer.from(salt)).then((stored) => `bcrypt$${stored}`),
  'Flask-Bcrypt for long passwords, marked at the import': bcrypt(
    createHash('sha256').update(pw).digest('hex'),
    4,
    Buffer.from(salt),
  ).then((stored) => `bcrypt_sha256$${stored}`),
  argon2d: argon2(pw, { algorithm: 0, memoryCost: 64 }),
  'argon2id in version 16': argon2(pw, { version: 0, memoryCost: 64 }),
  'Django argon2i of 2.0': argon2(pw, { algorithm: 1, memoryCost: 512, timeCost: 2, parallelism: 2 }).then(
    (phc) => `argon2${phc}`,
  ),
}

describe('hashes made after the rules of each format', () => {
  it.each(Object.entries(MADE))('P-15: %s', async (_, made) => {
    const stored = await made
    expect(await passwords.verify(pw, stored)).toEqual(MATCH)
    expect(await passwords.verify(pw.slice(0, -1), stored)).toEqual(NO_MATCH)
    expect(await passwords.verify('', stored)).toEqual(NO_MATCH)
  })

  it('P-15: refuses $2x$, which others take for $2b$', async () => {
    const broken = (await bcrypt(pw, 4)).replace(/^\$2.\$/, '$2x$')
    expect(await passwords.verify(pw, broken)).toEqual(NO_MATCH)
    expect(await passwords.verify(pw, `bcrypt$${broken}`)).toEqual(NO_MATCH)
  })

  it('P-04: a password with a zero byte never matches bcrypt, which would take these two for one', async () => {
    const stored = await bcrypt('correct horse', 4)
    expect(await passwords.verify('correct horse\0correct horse', stored)).toEqual(NO_MATCH)
    expect(await passwords.verify('correct horse\0battery', stored)).toEqual(NO_MATCH)
  })

  it('I-80: bcrypt of a long password still lets its owner in, and is upgraded to one where every byte counts', async () => {
    const long = 'correct horse battery staple '.repeat(4)
    const stored = await bcrypt(long, 4)
    expect(await passwords.verify(long, stored)).toEqual(MATCH)
    const upgraded = await passwords.hash(long)
    expect((await passwords.verify(long.slice(0, 72), upgraded)).matches).toBe(false)
  })

  it('P-05: a PHC hash of another program keeps the spelling in which it was made', async () => {
    const apart = 'crème brûlée à volonté'.normalize('NFD')
    const stored = await argon2(apart, { memoryCost: 64, timeCost: 1 })
    expect(await passwords.verify(apart, stored)).toEqual(MATCH)
    expect(await passwords.verify(apart.normalize('NFC'), stored)).toEqual(NO_MATCH)
  })
})

describe('costs', () => {
  it('P-07: a hash that is cheaper than ours is topped up', async () => {
    const { engines, done } = countingEngines()
    const counting = passwordsOn(engines, { memory: 8192, passes: 2 })
    for (const name of [
      'Werkzeug pbkdf2:sha1:1000, of 0.9',
      'Werkzeug md5',
      'bcrypt 2b',
      'argon2d',
      'Passlib scrypt',
    ]) {
      done.length = 0
      await counting.verify('a wrong password', (await MADE[name])!)
      expect(costOfAll(done), name).toBeGreaterThan(16_384 * 0.97)
      expect(costOfAll(done), name).toBeLessThan(16_384 * 1.03)
    }
  })

  it('P-07: without the package for bcrypt its hashes match nothing, after the work that all others cost', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { engines, done } = countingEngines({ bcrypt: absent('bcrypt', '@node-rs/bcrypt') })
    const without = passwordsOn(engines, { memory: 64, passes: 1 })
    expect(await without.verify(pw, (await MADE['bcrypt 2b'])!)).toEqual(NO_MATCH)
    expect(done).toMatchObject([{ kind: 'argon2', memory: 64, passes: 1 }])
    expect(warn.mock.calls).toEqual([[expect.stringContaining('npm install @node-rs/bcrypt')]])
    warn.mockRestore()
  })
})
