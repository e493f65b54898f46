import { generateKeyPairSync } from 'node:crypto'
import { type Duration, fixedKeyRing } from 'latchkey'
import { importPrivateKey, publicKeyOf, type VerifyKey } from 'latchkey/jwt'
import { createTokens, strictRules, type TokenKind } from 'latchkey/tokens'
import { millisecondsOf } from '../base/duration.ts'
import { type MovableClock, movableClock } from './clock.ts'
import type { RequestHeaders } from './headers.ts'
import { refuseProduction } from './production.ts'
import { type BadToken, forgeriesOf, type Refusal, refusalsOf } from './refusals.ts'

export interface TestIssuerOptions {
  /** For whom the tokens are: the audience of the service that is tested. */
  readonly audience: string
  /** @default 'https://issuer.example' */
  readonly issuer?: string
}

/** What a token says. */
export interface TokenOf {
  readonly sub: string
  /** Space-separated. @default '' */
  readonly scope?: string
  /** More claims. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** @default false */
  readonly fresh?: boolean
  /** Negative for one that ran out. @default '10m' */
  readonly expiresIn?: Duration
  /** @default the issuer's own */
  readonly issuer?: string
  /** @default the audience of the service */
  readonly audience?: string
  /** @default 'access' */
  readonly kind?: TokenKind
}

/** Whoever signs people in for a service that only verifies, without a network. */
export interface TestIssuer {
  readonly clock: MovableClock
  /** For `createVerifier`: `createVerifier({ ...issuer.verifierOptions, loadUser })`. */
  readonly verifierOptions: {
    readonly issuer: string
    readonly audience: string
    readonly keys: VerifyKey
    readonly clock: MovableClock
  }
  token(of: TokenOf): Promise<string>
  /** The token as `Authorization: Bearer`. */
  headers(of: TokenOf): Promise<RequestHeaders>
  /** The requests that every protected route of the service must refuse from this somebody. */
  refusals(of: TokenOf): Promise<readonly Refusal[]>
}

/**
 * An issuer with a key of its own that nobody keeps, for tests of services behind the sign-in.
 *
 * @example
 * ```ts
 * const issuer = testIssuer({ audience: 'orders' })
 * const app = createApp(createVerifier(issuer.verifierOptions))
 * const headers = await issuer.headers({ sub: '42', scope: 'orders:read' })
 * ```
 * @throws {TypeError} where `NODE_ENV` is `production`
 */
export function testIssuer({ audience, issuer = 'https://issuer.example' }: TestIssuerOptions): TestIssuer {
  refuseProduction('testIssuer')
  const clock = movableClock()
  const key = importPrivateKey(generateKeyPairSync('ed25519').privateKey)
  const keys = fixedKeyRing(key)
  const token = async (of: TokenOf): Promise<string> => {
    const rules = strictRules({ issuer: of.issuer ?? issuer, audience: of.audience ?? audience })
    return createTokens({ keys, rules, clock }).mint(draftOf(of, clock))
  }
  return {
    clock,
    verifierOptions: { issuer, audience, keys: publicKeyOf(key), clock },
    token,
    headers: async (of) => bearer(await token(of)),
    async refusals(of) {
      const good = await token(of)
      const bad = await badTokens(of, token)
      return refusalsOf(bearer(good), good, [...(await forgeriesOf(good)), ...bad])
    },
  }
}

const bearer = (token: string): RequestHeaders => ({ authorization: `Bearer ${token}` })

function draftOf(
  { sub, scope = '', claims = {}, fresh = false, expiresIn = '10m', kind = 'access' }: TokenOf,
  clock: MovableClock,
): Parameters<ReturnType<typeof createTokens>['mint']>[0] {
  const lifetime = Math.floor(millisecondsOf(expiresIn, 'expiresIn') / 1000)
  return { kind, identity: sub, now: Math.floor(clock() / 1000), lifetime, fresh, scope, claims }
}

function badTokens(of: TokenOf, token: (of: TokenOf) => Promise<string>): Promise<readonly BadToken[]> {
  const elsewhere = 'https://elsewhere.example'
  const bad = async (name: string, code: BadToken['code'], change: Partial<TokenOf>): Promise<BadToken> => ({
    name,
    code,
    token: await token({ ...of, ...change }),
  })
  return Promise.all([
    bad('a refresh token', 'wrong_token_type', { kind: 'refresh' }),
    bad('a token that ran out', 'expired_token', { expiresIn: '-1d' }),
    bad('a token for another service', 'invalid_token', { audience: elsewhere }),
    bad('a token of another issuer', 'invalid_token', { issuer: elsewhere }),
  ])
}
