import {
  createAuth,
  createIntrospectingVerifier,
  createJwtManager,
  createSessions,
  createVerifier,
} from 'latchkey'
import { createGuard } from 'latchkey/http'
import { createPasswords } from 'latchkey/passwords'
import { memoryStore } from 'latchkey/store/memory'
import { describe, expect, it } from 'vitest'

const secret = 'a secret for tests that nobody else has'
const verifier = { issuer: 'https://a.example', audience: 'b', secret }
const introspecting = { issuer: 'https://a.example', audience: 'b', credential: 'c' }
const loadUser = () => ({})

/** What plain JavaScript and spread objects let through. */
const calls: Readonly<Record<string, (extra: object) => unknown>> = {
  createAuth: (extra) => createAuth({ store: memoryStore(), ...extra }),
  createSessions: (extra) => createSessions({ store: memoryStore(), loadUser, ...extra }),
  createJwtManager: (extra) => createJwtManager({ secret, ...extra }),
  createVerifier: (extra) => createVerifier({ ...verifier, ...extra }),
  createIntrospectingVerifier: (extra) =>
    createIntrospectingVerifier('https://a.example/introspect', { ...introspecting, ...extra }),
  passwords: (extra) => createPasswords(extra),
  jwtRequired: (extra) => createGuard(createJwtManager({ secret }), extra),
}

describe('a misspelt option', () => {
  it.each(Object.keys(calls))('is refused at once, and named: %s', (door) => {
    const call = calls[door] as (extra: object) => unknown
    expect(() => call({ nonsense: true })).toThrow(`${door}: "nonsense" is no option; there are `)
  })

  it('of an address is refused before anything is fetched', () => {
    const options = { audience: 'b', log: () => {}, isrevoked: () => true }
    expect(() => createVerifier('https://a.example', options)).toThrow(
      'createVerifier: "isrevoked" is no option; "isRevoked" is meant.',
    )
  })

  it.each([
    ['header', { header: { shceme: 'JWT' } }],
    ['query', { query: { names: 't' } }],
    ['json', { json: { acces: 't' } }],
    ['cookies', { cookies: { samesite: 'lax' } }],
    ['cookies.names', { cookies: { names: { csrf: 'c' } } }],
    ['doubleSubmit', { doubleSubmit: { fields: 'f' } }],
    ['lifetime', { lifetime: { acces: '5m' } }],
  ])('is refused one level down as well: %s', (name, extra) => {
    for (const door of ['createAuth', 'createSessions', 'createJwtManager']) {
      const call = calls[door] as (extra: object) => unknown
      expect(() => call(extra), door).toThrow(`${name}: `)
    }
  })

  it.each([
    ['limits', { limits: { signins: { limit: 1, window: 1 } } }],
    ['passwords', { passwords: { minlength: 8 } }],
    ['revocation', { revocation: { onstale: 'allow' } }],
  ])('is refused where accounts have options of their own: %s', (name, extra) => {
    expect(() => createAuth({ store: memoryStore(), ...(extra as object) })).toThrow(`${name}: `)
  })
})

describe('secrets without names', () => {
  const secrets = (count: number) => Array.from({ length: count }, (_, at) => `${secret} ${at}`)

  it('T-08 are four at most, because a fifth would never be tried', async () => {
    const jwt = createJwtManager({ secret: secrets(4) })
    const last = createJwtManager({ secret: `${secret} 3` })
    expect((await jwt.authenticate(await last.createAccessToken('42'))).identity).toBe('42')
    expect(() => createJwtManager({ secret: secrets(5) })).toThrow('keys: 5 HS256 keys have no kid')
  })
})
