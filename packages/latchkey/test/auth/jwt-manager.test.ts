import { describe, expect, it } from 'vitest'
import { createJwtManager } from '../../src/auth/jwt-manager.ts'
import { createVerifier } from '../../src/auth/verifier.ts'
import { decodeUnverified, generateKey, publicKeyOf, secretKey } from '../../src/jwt/index.ts'
import { movableClock } from '../movable-clock.ts'

const secret = 'a secret for these tests, 32 bytes and then some'

const codeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act()
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name
  }
}

describe('createJwtManager', () => {
  it('issues access tokens that it accepts, and says who is calling', async () => {
    const jwt = createJwtManager({ secret })
    const token = await jwt.createAccessToken('42', { fresh: true, claims: { team: 'red' } })
    const principal = await jwt.authenticate(token, { fresh: true })
    expect(principal).toMatchObject({ identity: '42', sessionId: null, user: null, location: null })
    expect(principal.claims).toMatchObject({ iss: 'latchkey', aud: 'latchkey', fresh: true, team: 'red' })
    expect(principal.claims.exp - principal.claims.iat).toBe(900)
  })

  it('T-25: keeps access and refresh tokens apart in both directions', async () => {
    const jwt = createJwtManager({ secret })
    const access = await jwt.createAccessToken('42')
    const refresh = await jwt.createRefreshToken('42')
    expect(await codeOf(() => jwt.authenticate(refresh))).toBe('wrong_token_type')
    expect(await codeOf(() => jwt.authenticate(access, { refresh: true }))).toBe('wrong_token_type')
    expect(await codeOf(() => jwt.authenticate(refresh, { refresh: true }))).toBe('accepted')
    expect(await codeOf(() => jwt.authenticate(refresh, { verifyType: false }))).toBe('accepted')
  })

  it('answers at once where nothing has to be waited for', async () => {
    const jwt = createJwtManager({ secret })
    const token = await jwt.createAccessToken('42')
    expect(jwt.authenticate(token)).not.toBeInstanceOf(Promise)
  })

  it('accepts a token until its end and the tolerance, and not a moment longer', async () => {
    const clock = movableClock()
    const jwt = createJwtManager({ secret, clock, lifetime: { access: '1m' } })
    const token = await jwt.createAccessToken('42')
    clock.advance(64_999)
    expect(await codeOf(() => jwt.authenticate(token))).toBe('accepted')
    clock.advance(1)
    expect(await codeOf(() => jwt.authenticate(token))).toBe('expired_token')
    expect(await codeOf(() => jwt.decode(token))).toBe('expired_token')
    expect(await codeOf(() => jwt.decode(token, { allowExpired: true }))).toBe('accepted')
  })

  it('T-27: measures freshness: true, until a time, and by age', async () => {
    const clock = movableClock()
    const jwt = createJwtManager({ secret, clock })
    const stale = await jwt.createAccessToken('42')
    const fresh = await jwt.createAccessToken('42', { fresh: true })
    const forAMinute = await jwt.createAccessToken('42', { fresh: '1m' })
    const refresh = await jwt.createRefreshToken('42')
    const ask = (token: string, fresh: boolean | number) =>
      codeOf(() => jwt.authenticate(token, { fresh, verifyType: false }))
    expect(await ask(stale, true)).toBe('fresh_token_required')
    expect(await ask(refresh, true)).toBe('fresh_token_required')
    expect(await ask(fresh, true)).toBe('accepted')
    expect(await ask(forAMinute, true)).toBe('accepted')
    expect(await ask(fresh, 30)).toBe('accepted')
    clock.advance(61_000)
    expect(await ask(fresh, true)).toBe('accepted')
    expect(await ask(fresh, 30)).toBe('fresh_token_required')
    expect(await ask(forAMinute, true)).toBe('fresh_token_required')
    expect(await ask(stale, false)).toBe('accepted')
  })

  it('checks scopes, one and several', async () => {
    const key = secretKey(secret)
    const { signJwt } = await import('../../src/jwt/index.ts')
    const jwt = createJwtManager({ keys: key })
    const { claims } = decodeUnverified(await jwt.createAccessToken('42'))
    const token = signJwt({ ...(claims as object), scope: 'read write' }, key, { typ: 'at+jwt' })
    expect(await codeOf(() => jwt.authenticate(token, { scope: 'read' }))).toBe('accepted')
    expect(await codeOf(() => jwt.authenticate(token, { scope: ['read', 'write'] }))).toBe('accepted')
    expect(await codeOf(() => jwt.authenticate(token, { scope: 'read admin' }))).toBe('insufficient_scope')
    expect(await codeOf(() => jwt.authenticate(token, { scope: 'rea' }))).toBe('insufficient_scope')
  })

  it('asks isRevoked, acceptClaims and loadUser, in this order, and answers for each', async () => {
    const asked: string[] = []
    const note = <T>(what: string, answer: T): T => {
      asked.push(what)
      return answer
    }
    let answers = { revoked: false, accepted: true, user: { name: 'Ada' } as { name: string } | null }
    const jwt = createJwtManager({
      secret,
      isRevoked: async () => note('isRevoked', answers.revoked),
      acceptClaims: () => note('acceptClaims', answers.accepted),
      loadUser: async ({ sub }) => note(`loadUser ${sub}`, answers.user),
    })
    const token = await jwt.createAccessToken('42')
    expect((await jwt.authenticate(token)).user.name).toBe('Ada')
    expect(asked).toEqual(['isRevoked', 'acceptClaims', 'loadUser 42'])
    answers = { ...answers, user: null }
    expect(await codeOf(() => jwt.authenticate(token))).toBe('user_not_found')
    answers = { ...answers, accepted: false }
    expect(await codeOf(() => jwt.authenticate(token))).toBe('claims_rejected')
    answers = { ...answers, revoked: true }
    expect(await codeOf(() => jwt.authenticate(token))).toBe('revoked_token')
    expect(await codeOf(() => jwt.authenticate(token, { skipRevocationCheck: true }))).toBe('claims_rejected')
  })

  it.each(['isRevoked', 'acceptClaims', 'loadUser'] as const)(
    'T-29, F-44: lets nothing pass when %s throws, rejects or hangs',
    async (name) => {
      const faults = [
        () => {
          throw new Error('no')
        },
        () => Promise.reject(new Error('no')),
        () => new Promise<never>(() => {}),
      ]
      for (const hook of faults) {
        const jwt = createJwtManager({ secret, [name]: hook, hookDeadline: 20 })
        const token = await jwt.createAccessToken('42')
        expect(await codeOf(() => jwt.authenticate(token))).toBe('unavailable')
      }
    },
  )

  it('T-29, F-44: never writes into an object that a hook returns', async () => {
    const shared = Object.freeze({ role: 'reader' })
    const jwt = createJwtManager({ secret, claims: () => shared, headers: () => shared })
    const admin = await jwt.decode(await jwt.createAccessToken('ada', { claims: { admin: true } }))
    const reader = await jwt.decode(await jwt.createAccessToken('bob'))
    expect(admin).toMatchObject({ role: 'reader', admin: true })
    expect(reader).toMatchObject({ role: 'reader' })
    expect(reader).not.toHaveProperty('admin')
  })

  it('turns what the application calls a user into the identity', async () => {
    const jwt = createJwtManager({ secret, identityOf: (user: { id: number }) => String(user.id) })
    expect((await jwt.authenticate(await jwt.createAccessToken({ id: 7 }))).identity).toBe('7')
  })

  it('T-19: refuses a number as identity, with what to do', async () => {
    const jwt = createJwtManager({ secret })
    await expect(jwt.createAccessToken(7 as unknown as string)).rejects.toThrow(/String\(user\.id\)/)
  })

  it('replaces a secret without signing anybody out: the first signs, all verify', async () => {
    const old = createJwtManager({ secret })
    const both = createJwtManager({ secret: ['the secret that replaces it, also 32 bytes long', secret] })
    expect(await codeOf(async () => both.authenticate(await old.createAccessToken('42')))).toBe('accepted')
    expect(await codeOf(async () => old.authenticate(await both.createAccessToken('42')))).toBe(
      'invalid_token',
    )
  })

  it('K-09, I-33: does not start without a key, with an empty one, or with two answers', () => {
    expect(() => createJwtManager({})).toThrow(TypeError)
    for (const bad of ['', null, new Uint8Array(), []]) {
      expect(() => createJwtManager({ secret: bad as string })).toThrow(TypeError)
    }
    expect(() => createJwtManager({ secret, keys: secretKey(secret) })).toThrow(TypeError)
    expect(() => createJwtManager({ keys: [] })).toThrow(TypeError)
  })
})

describe('createVerifier', () => {
  it('checks with a public key what a manager signed with the private one', async () => {
    const key = await generateKey('EdDSA')
    const issuer = 'https://auth.example'
    const jwt = createJwtManager({ keys: key, issuer, audience: 'orders' })
    const verifier = createVerifier({ keys: publicKeyOf(key), issuer, audience: 'orders' })
    const token = await jwt.createAccessToken('42')
    expect(await verifier.authenticate(token)).toMatchObject({ identity: '42', user: null })
    const other = createVerifier({ keys: publicKeyOf(key), issuer, audience: 'invoices' })
    expect(await codeOf(() => other.authenticate(token))).toBe('invalid_token')
  })

  it('K-09, I-14, I-23: takes no key from a ring that has none for the token', async () => {
    const token = await createJwtManager({ secret }).createAccessToken('42')
    for (const answer of [[], Promise.resolve([])]) {
      const keys = {
        signingKey: () => secretKey(secret),
        verifyingKeys: () => answer,
        jwks: () => ({ keys: [] }),
      }
      const verifier = createVerifier({ keys, issuer: 'latchkey', audience: 'latchkey' })
      expect(await codeOf(() => verifier.authenticate(token))).toBe('invalid_token')
    }
  })
})
