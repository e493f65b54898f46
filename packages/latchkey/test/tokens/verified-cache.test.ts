import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/base/errors.ts'
import { rememberWhole } from '../../src/base/piece.ts'
import { generateKey, type SigningKey, secretKey, signJwt } from '../../src/jwt/index.ts'
import {
  type Claims,
  createTokens,
  createVerifiedCache,
  fixedKeyRing,
  type KeyRing,
  strictRules,
  type TokenRules,
  type Tokens,
  type TokensOptions,
} from '../../src/tokens/index.ts'
import { codeOf } from '../auth/code-of.ts'
import { movableClock } from '../movable-clock.ts'

const key = secretKey('a secret for these tests, 32 bytes and then some')
const clock = movableClock()

function tokensWith(slots: number, keys: KeyRing = fixedKeyRing(key)): Tokens {
  const rules = strictRules({ issuer: 'i', audience: 'a' })
  return createTokens({ keys, rules, clock, cache: createVerifiedCache(slots) })
}

function tokensOf(options: Partial<TokensOptions>): Tokens {
  const rules = strictRules({ issuer: 'i', audience: 'a' })
  return createTokens({ keys: fixedKeyRing(key), rules, clock, cache: createVerifiedCache(64), ...options })
}

/** As little as the memory needs to know of it. */
function provenBy(signer: SigningKey): Parameters<ReturnType<typeof createVerifiedCache>['offer']>[1] {
  const rules = strictRules({ issuer: 'i', audience: 'a' })
  const verified = {
    header: { alg: signer.algorithm },
    claims: {} as Claims,
    identity: '42',
    sessionId: null,
  }
  return { ...verified, key: signer, rules, passedFor: null, passedFrom: 0, passedUntil: 0 }
}

const mint = (tokens: Tokens, identity: string) =>
  tokens.mint({ kind: 'access', identity, now: clock() / 1000, lifetime: 60 })

describe('the memory of verified tokens', () => {
  it('T-21, I-41: hands out the claims of that token and no other, over many tokens in few slots', async () => {
    const tokens = tokensWith(16)
    const minted = await Promise.all(Array.from({ length: 3000 }, (_, i) => mint(tokens, `user-${i}`)))
    for (let round = 0; round < 3; round++) {
      for (const [i, token] of minted.entries()) {
        for (let again = 0; again < 3; again++) {
          const { claims } = await tokens.verify(token, { kind: 'access' })
          expect(claims.sub).toBe(`user-${i}`)
        }
      }
    }
  })

  it('answers a known token from memory', async () => {
    const cache = createVerifiedCache(16)
    const tokens = createTokens({
      keys: fixedKeyRing(key),
      rules: strictRules({ issuer: 'i', audience: 'a' }),
      clock,
      cache,
    })
    const token = await mint(tokens, '42')
    const seen = []
    for (let i = 0; i < 3; i++) {
      await tokens.verify(token, { kind: 'access' })
      seen.push(cache.find(token) !== null)
    }
    expect(seen).toEqual([false, true, true])
    expect(cache.find(`${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`)).toBeNull()
    expect(cache.find('')).toBeNull()
  })

  it.each(['HS256', 'ES256', 'EdDSA'] as const)(
    'keeps a thousand tokens of %s that come in turn',
    async (algorithm) => {
      const signer = algorithm === 'HS256' ? key : await generateKey(algorithm)
      const cache = createVerifiedCache()
      const offered = Array.from({ length: 1000 }, (_, i) => signJwt({ sub: `user-${i}` }, signer))
      for (let round = 0; round < 2; round++) {
        for (const token of offered) cache.offer(token, provenBy(signer))
      }
      expect(offered.filter((token) => cache.find(token) !== null).length).toBeGreaterThan(980)
    },
  )

  it('refuses each altered spelling of a remembered token', async () => {
    const tokens = tokensWith(1024)
    const token = await mint(tokens, '42')
    for (let i = 0; i < 3; i++) await tokens.verify(token, { kind: 'access' })
    for (let at = 0; at < token.length; at++) {
      const altered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect(await codeOf(() => tokens.verify(altered, { kind: 'access' }))).toBe('invalid_token')
    }
    for (const spelled of [`${token}=`, `${token} `, ` ${token}`, `${token}.`]) {
      expect(await codeOf(() => tokens.verify(spelled, { kind: 'access' }))).toBe('invalid_token')
    }
  })

  it('finds a token by the header that it came in, and takes the header for no token', async () => {
    const cache = createVerifiedCache(64)
    const rules = strictRules({ issuer: 'i', audience: 'a' })
    const tokens = createTokens({ keys: fixedKeyRing(key), rules, clock, cache })
    const token = await mint(tokens, '42')
    const header = `Bearer ${token}`
    for (let i = 0; i < 3; i++) {
      rememberWhole(token, header)
      await tokens.verify(token, { kind: 'access' })
    }
    expect(cache.find(token, header)).not.toBeNull()
    expect(cache.find(header)).toBeNull()
    expect(cache.find(`r ${token}`, header)).toBeNull()
    expect(await codeOf(() => tokens.verify(header, { kind: 'access' }))).toBe('invalid_token')
    // By itself it is another text, and is proved and remembered as such.
    for (let i = 0; i < 3; i++) await tokens.verify(token, { kind: 'access' })
    expect(cache.find(token)).not.toBeNull()
    expect(cache.find(token, header)).not.toBeNull()
  })

  it('T-21: judges kind and times on every hit, so that nothing outlives its end', async () => {
    const tokens = tokensWith(16)
    const token = await mint(tokens, '42')
    for (let i = 0; i < 3; i++) await tokens.verify(token, { kind: 'access' })
    expect(await codeOf(() => tokens.verify(token, { kind: 'refresh' }))).toBe('wrong_token_type')
    clock.advance(64_000)
    expect(await codeOf(() => tokens.verify(token, { kind: 'access' }))).toBe('accepted')
    clock.advance(1000)
    expect(await codeOf(() => tokens.verify(token, { kind: 'access' }))).toBe('expired_token')
  })

  it('asks strict rules no more about a token that has passed, but for the time', async () => {
    let reads = 0
    const counted = () => {
      reads++
      return clock()
    }
    const tokens = tokensOf({ clock: counted })
    const token = await mint(tokens, '42')
    const readsWith = async (expectationOf: () => { readonly kind: 'access' }): Promise<number[]> => {
      const all = []
      for (let i = 0; i < 5; i++) {
        reads = 0
        await tokens.verify(token, expectationOf())
        all.push(reads)
      }
      return all
    }
    const frozen = Object.freeze({ kind: 'access' } as const)
    // Proved twice; remembered, judged and kept; then looked at by the clock alone.
    expect(await readsWith(() => frozen)).toEqual([1, 1, 2, 1, 1])
    // Who asks with something new is answered anew.
    expect(await readsWith(() => Object.freeze({ kind: 'access' } as const))).toEqual([2, 2, 2, 2, 2])
  })

  it('T-21: asks rules each time that have put something in place of the strict judge', async () => {
    const strict = strictRules({ issuer: 'i', audience: 'a' })
    let isLocked = false
    const judge: TokenRules['judge'] = (...asked) =>
      isLocked ? new AuthError('claims_rejected', 'The tenant is locked.') : strict.judge(...asked)
    const tokens = tokensOf({ rules: { ...strict, judge } })
    const token = await mint(tokens, '42')
    const expectation = Object.freeze({ kind: 'access' } as const)
    for (let i = 0; i < 4; i++) await tokens.verify(token, expectation)
    isLocked = true
    expect(await codeOf(() => tokens.verify(token, expectation))).toBe('claims_rejected')
  })

  it('T-21: judges anew what is asked by somebody else, or by the same who asks something else now', async () => {
    const tokens = tokensOf({})
    const token = await mint(tokens, '42')
    const frozen = Object.freeze({ kind: 'access' } as const)
    for (let i = 0; i < 4; i++) await tokens.verify(token, frozen)
    expect(await codeOf(() => tokens.verify(token, { kind: 'refresh' }))).toBe('wrong_token_type')
    expect(await codeOf(() => tokens.verify(token, { kind: 'access', csrf: 'x' }))).toBe('csrf_failed')
    const changing: { kind: 'access' | 'refresh' | null; csrf?: string } = { kind: null }
    for (let i = 0; i < 4; i++) await tokens.verify(token, changing)
    changing.kind = 'refresh'
    expect(await codeOf(() => tokens.verify(token, changing))).toBe('wrong_token_type')
    changing.kind = null
    changing.csrf = 'x'
    expect(await codeOf(() => tokens.verify(token, changing))).toBe('csrf_failed')
    clock.advance(-6000)
    expect(await codeOf(() => tokens.verify(token, frozen))).toBe('invalid_token')
    clock.advance(6000)
    expect(await codeOf(() => tokens.verify(token, frozen))).toBe('accepted')
    clock.advance(65_000)
    expect(await codeOf(() => tokens.verify(token, frozen))).toBe('expired_token')
    const late = Object.freeze({ kind: 'access', allowExpired: true } as const)
    for (let i = 0; i < 4; i++) expect(await codeOf(() => tokens.verify(token, late))).toBe('accepted')
    expect(await codeOf(() => tokens.verify(token, frozen))).toBe('expired_token')
  })

  it('T-16: believes nothing that other rules let pass, where two share a memory', async () => {
    const cache = createVerifiedCache(64)
    const expectation = Object.freeze({ kind: 'access' } as const)
    const one = tokensOf({ cache })
    const other = tokensOf({ cache, rules: strictRules({ issuer: 'i', audience: 'b' }) })
    const token = await mint(one, '42')
    for (let i = 0; i < 4; i++) {
      expect(await codeOf(() => one.verify(token, expectation))).toBe('accepted')
      expect(await codeOf(() => other.verify(token, expectation))).toBe('invalid_token')
    }
  })

  it('I-55: believes no remembered token whose key has left the ring', async () => {
    let verifying = [key]
    const ring: KeyRing = {
      signingKey: () => key,
      verifyingKeys: () => verifying,
      jwks: () => ({ keys: [] }),
    }
    const tokens = tokensWith(16, ring)
    const token = await mint(tokens, '42')
    for (let i = 0; i < 3; i++) await tokens.verify(token, { kind: 'access' })
    verifying = [secretKey('the secret that took its place, long enough too')]
    expect(await codeOf(() => tokens.verify(token, { kind: 'access' }))).toBe('invalid_token')
  })

  it('lets nobody change what another request will be given', async () => {
    const tokens = tokensWith(16)
    const token = signJwt(
      { iss: 'i', aud: ['a'], sub: '42', iat: 0, exp: 2e9, jti: 'j', type: 'access', deep: { list: [{}] } },
      key,
      { typ: 'at+jwt' },
    )
    for (let i = 0; i < 3; i++) {
      const { claims } = await tokens.verify(token, { kind: 'access' })
      expect(() => Object.assign(claims, { sub: 'somebody' })).toThrow(TypeError)
      expect(() => (claims['deep'] as { list: object[] }).list.push({})).toThrow(TypeError)
      expect(Object.isFrozen((claims['deep'] as { list: object[] }).list[0])).toBe(true)
    }
  })
})
