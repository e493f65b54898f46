import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { secretKey, signJwt, verifyJwt } from '../../src/jwt/index.ts'

const REFUSED = /text of a key or a certificate/
const accepts = (secret: string | Uint8Array): boolean => {
  try {
    secretKey(secret)
    return true
  } catch {
    return false
  }
}

describe('T-04 the length of a secret', () => {
  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)(
    'T-04 I-31 %s needs %d bytes, and the error says so with a command that makes them',
    (algorithm, needed) => {
      expect(secretKey(randomBytes(needed), { algorithm })).toMatchObject({
        algorithm,
        kid: null,
        use: 'sign',
      })
      for (const length of [1, needed - 1]) {
        expect(() => secretKey(randomBytes(length), { algorithm })).toThrow(
          new RegExp(`${algorithm} needs at least ${needed} bytes.*node -e .*randomBytes\\(${needed}\\)`),
        )
      }
    },
  )

  it('T-04 counts the bytes of text and not its characters, and signs with its UTF-8', () => {
    const text = 'zwölf mal ü: üüüüüüüüüüüü'
    expect(text.length).toBeLessThan(32)
    const token = signJwt({}, secretKey(text, { allowShort: true }))
    expect(verifyJwt(token, secretKey(Buffer.from(text), { allowShort: true })).claims).toEqual({})
    expect(accepts(`${'ü'.repeat(15)}ab`)).toBe(true)
  })

  it.each([
    '',
    new Uint8Array(0),
    Buffer.alloc(0),
    null,
    undefined,
    0,
    {},
    [],
    ['x'.repeat(40)],
    new ArrayBuffer(64),
  ])('K-09 I-13 refuses %o, also where any secret would do', (secret) => {
    expect(() => secretKey(secret as string)).toThrow('expected text or bytes that are not empty')
    expect(() => secretKey(secret as string, { allowShort: true })).toThrow(
      'expected text or bytes that are not empty',
    )
  })

  it('T-04 a secret that is known to be weak may be accepted on purpose, but no key text', () => {
    for (const weak of ['x', 'secret', 'a'.repeat(40), Buffer.alloc(32)]) {
      expect(secretKey(weak, { allowShort: true }).algorithm).toBe('HS256')
    }
    const { publicKey } = generateKeyPairSync('ed25519')
    expect(() => secretKey(publicKey.export({ format: 'pem', type: 'spki' }), { allowShort: true })).toThrow(
      REFUSED,
    )
  })

  it('T-04 copies the secret: changing the bytes afterwards changes nothing', () => {
    const secret = randomBytes(32)
    const [key, same] = [secretKey(secret), secretKey(Buffer.from(secret))]
    secret.fill(0)
    expect(verifyJwt(signJwt({}, key), same).claims).toEqual({})
  })

  it.each([0, 1, 0x61, 255])('T-04 refuses the byte %d repeated', (byte) => {
    expect(() => secretKey(Buffer.alloc(64, byte))).toThrow('one byte repeated')
  })

  it('T-04 refuses the path of a file, which was meant to be read (I-29)', () => {
    for (const path of [
      '/run/secrets/latchkey/production/jwt-secret.pem',
      './configuration/keys/hmac-secret.key',
    ]) {
      expect(() => secretKey(path)).toThrow('path of a file')
    }
  })

  it('refuses another algorithm than those of secrets', () => {
    expect(() => secretKey(randomBytes(64), { algorithm: 'RS256' as 'HS256' })).toThrow(
      'HS256, HS384 or HS512',
    )
  })

  it.each(['', 7, 'k'.repeat(129)])('T-08 refuses the kid %o', (kid) => {
    expect(() => secretKey(randomBytes(32), { kid: kid as string })).toThrow('1 to 128 characters')
  })
})

describe('T-04 publicly known secrets', () => {
  const lines = readFileSync(new URL('../vectors/weak-secrets-a.txt', import.meta.url), 'utf8').split('\n')
  const long = lines.filter((line) => Buffer.byteLength(line) >= 32)

  it('T-04 refuses every one of 915 that is long enough', () => {
    expect(long).toHaveLength(915)
    expect(long.filter(accepts)).toEqual([])
  })

  it('T-04 refuses them for HS384 and HS512 too, and says why', () => {
    for (const secret of long.filter((line) => Buffer.byteLength(line) >= 64)) {
      expect(() => secretKey(secret, { algorithm: 'HS512' })).toThrow(
        /public lists|one byte|text of a key|path of a file/,
      )
    }
    expect(() => secretKey(long[1] as string)).toThrow(/on public lists of secrets\. Make one with: node -e/)
  })

  it('T-04 accepts every secret that its own advice makes, as text and as bytes', () => {
    for (let round = 0; round < 300; round++) {
      const bytes = randomBytes(64)
      for (const encoding of ['base64url', 'base64', 'hex'] as const)
        expect(accepts(bytes.toString(encoding))).toBe(true)
      expect(accepts(bytes)).toBe(true)
    }
    expect(accepts('correct horse battery staple, said the door')).toBe(true)
  })
})

describe('T-04 the text of keys', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ec521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const ed = generateKeyPairSync('ed25519')
  const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
  const x25519 = generateKeyPairSync('x25519')

  const publicForms = Object.entries({ rsa, rsa1024, ec, ec521, k1, ed, dsa, pss, x25519 }).flatMap(
    ([name, pair]) =>
      (['pem', 'der'] as const).map((format): [string, string | Buffer] => [
        `${name} ${format} spki`,
        pair.publicKey.export({ format, type: 'spki' } as never),
      ]),
  )
  const privateForms = Object.entries({ rsa, ec, ed }).flatMap(([name, pair]) =>
    (['pem', 'der'] as const).map((format): [string, string | Buffer] => [
      `${name} ${format} pkcs8`,
      pair.privateKey.export({ format, type: 'pkcs8' } as never),
    ]),
  )
  const legacyForms = (['pem', 'der'] as const).flatMap((format): [string, string | Buffer][] => [
    [`I-07 rsa ${format} pkcs1 public`, rsa.publicKey.export({ format, type: 'pkcs1' } as never)],
    [`rsa1024 ${format} pkcs1 public`, rsa1024.publicKey.export({ format, type: 'pkcs1' } as never)],
    [`rsa ${format} pkcs1 private`, rsa.privateKey.export({ format, type: 'pkcs1' } as never)],
    [`ec ${format} sec1`, ec.privateKey.export({ format, type: 'sec1' } as never)],
  ])
  const jwk = (key: KeyObject) => key.export({ format: 'jwk' })
  const jwks = [rsa, ec, ed].map(({ publicKey }) => jwk(publicKey))
  const jwkForms: [string, string][] = [
    ...jwks.map((one): [string, string] => [`I-11 jwk ${one.kty}`, JSON.stringify(one)]),
    ['jwk private', JSON.stringify(jwk(ec.privateKey))],
    ['jwk oct', JSON.stringify({ kty: 'oct', k: randomBytes(32).toString('base64url') })],
    ['I-12 jwk set', JSON.stringify({ keys: jwks })],
    ['I-12 list of jwks', JSON.stringify(jwks)],
    ['I-12 jwk in a list in an object', JSON.stringify({ a: [[{ b: jwks[1] }]] })],
    ['jwk with blanks', JSON.stringify(jwks[0], null, 4)],
    ['jwk with an escaped name', JSON.stringify(jwks[1]).replace('"kty"', '"\\u006bty"')],
    ['jwk as text in JSON', JSON.stringify(JSON.stringify(jwks[1]))],
    ['pem as text in JSON', JSON.stringify({ key: rsa.publicKey.export({ format: 'pem', type: 'spki' }) })],
    [
      'x5c in JSON',
      JSON.stringify({ x5c: [ec.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }),
    ],
  ]
  const ssh = (type: string, bytes: number) => {
    const name = Buffer.from(type)
    const blob = Buffer.concat([
      Buffer.from([0, 0, 0, name.length]),
      name,
      Buffer.from([0, 0, 0, bytes]),
      randomBytes(bytes),
    ])
    return blob.toString('base64')
  }
  const otherForms: [string, string][] = [
    ...['ssh-rsa', 'ssh-ed25519', 'ssh-dss', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com'].flatMap(
      (type): [string, string][] => [
        [`I-06 ${type}`, `${type} ${ssh(type, 51)} alice@example.org`],
        [`I-06 ${type} with options`, `command="true",no-pty ${type} ${ssh(type, 51)}`],
        [`I-06 ${type} without its name`, ssh(type, 51)],
      ],
    ),
    ['ssh2', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAA\n---- END SSH2 PUBLIC KEY ----'],
    ['certificate', '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUd\n-----END CERTIFICATE-----'],
    ['trusted certificate', '-----BEGIN TRUSTED CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUd'],
    ['openssh private', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE'],
    ['encrypted private', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFLTBXBgkqhkiG9w0BBQ0wSjAp'],
    ['pgp', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEY1234567890'],
    ['putty', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none'],
    ['lower-case pem', '-----begin public key-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0D'],
    ['one line of pem', '-----BEGIN PUBLIC KEY----- MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE'],
  ]
  const forms = [...publicForms, ...privateForms, ...legacyForms, ...jwkForms, ...otherForms]

  it.each(forms)('T-04 I-01 I-06 I-08 I-18 refuses %s', (_, text) => {
    expect(() => secretKey(text)).toThrow(REFUSED)
  })

  it.each(forms)('T-04 I-09 I-12 refuses %s after a mark, white space or other bytes', (_, text) => {
    const bytes = Buffer.from(text)
    const fronts = [
      '\ufeff',
      ' ',
      '\t',
      '\n',
      '\r\n',
      '\v',
      '\f',
      '\0',
      '\u00a0',
      '\u2028',
      'x',
      '//',
      '{"a":"',
    ]
    for (const front of fronts)
      expect(() => secretKey(Buffer.concat([Buffer.from(front), bytes]))).toThrow(REFUSED)
    expect(() => secretKey(Buffer.concat([bytes, Buffer.from('\n\n')]))).toThrow(REFUSED)
  })

  it.each(forms)('T-04 I-12 refuses %s in base64, base64url and hex, once and twice', (_, text) => {
    const bytes = Buffer.from(text)
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const encoded = bytes.toString(encoding)
      const wrapped = (encoded.match(/.{1,64}/g) ?? []).join('\n')
      for (const form of [
        encoded,
        wrapped,
        `key=${encoded}`,
        `["${encoded}"]`,
        `x${encoded}`,
        encoded.toUpperCase(),
      ]) {
        if (form === encoded.toUpperCase() && encoding !== 'hex') continue
        expect(() => secretKey(form)).toThrow(REFUSED)
      }
      expect(() => secretKey(Buffer.from(encoded).toString('base64'))).toThrow(REFUSED)
    }
  })

  it.each(forms)('T-04 refuses %s in UTF-16', (_, text) => {
    if (typeof text === 'string') expect(() => secretKey(Buffer.from(text, 'utf16le'))).toThrow(REFUSED)
  })

  it('T-04 I-10 refuses whatever contains the marker of a PEM, anywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('PUBLIC KEY', 'X'),
        (front, back, label) => {
          const secret = Buffer.concat([front, Buffer.from(`-----BEGIN ${label}-----`), back])
          expect(() => secretKey(secret, { allowShort: true })).toThrow(REFUSED)
        },
      ),
    )
  })

  it('T-04 I-10 refuses whatever parses as a JWK', () => {
    const extra = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
    fc.assert(
      fc.property(
        extra,
        fc.constantFrom('RSA', 'EC', 'oct', 'OKP', 'x'),
        fc.nat({ max: 4 }),
        (members, kty, indent) => {
          expect(() =>
            secretKey(JSON.stringify({ ...members, kty }, null, indent), { allowShort: true }),
          ).toThrow(REFUSED)
        },
      ),
    )
  })
})

describe('a key of a secret', () => {
  const secret = 'CANARY-CANARY-CANARY-CANARY-CANARY-CANARY'
  const shown = (value: unknown) =>
    `${inspect(value, { showHidden: true, depth: 9 })}${JSON.stringify(value)}${String(value)}`

  it('G-01 shows nothing of the secret, however it is printed', () => {
    const key = secretKey(secret, { kid: 'k1' })
    expect(shown(key)).not.toContain('CANARY')
    expect(shown({ ...key })).not.toContain('CANARY')
    expect(shown(key)).not.toContain(createHash('sha256').update(secret).digest('hex').slice(0, 8))
    expect(Object.keys(key)).toEqual(['algorithm', 'kid', 'use'])
  })

  it('G-01 errors do not repeat the secret', () => {
    for (const weak of ['CANARY', `-----BEGIN CANARY-----`, '/CANARY/CANARY/CANARY/CANARY/CANARY.pem']) {
      expect(() => secretKey(weak)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('CANARY') }),
      )
    }
  })

  it('cannot be changed or forged', () => {
    const key = secretKey(secret)
    expect(Object.isFrozen(key)).toBe(true)
    expect(() => signJwt({}, { ...key })).toThrow('expected a key made by')
  })
})
