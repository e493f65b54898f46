import { chain, type MaybePromise } from '../base/chain.ts'
import type { Clock } from '../base/clock.ts'
import {
  checkSignature,
  claimsOf,
  decodeUnverified,
  type JoseHeader,
  parseToken,
  signJwt,
} from '../jwt/index.ts'
import type { Claims } from './claims.ts'
import type { KeyRing } from './keyring.ts'
import type { Draft, Expectation, TokenRules } from './rules.ts'

/** A token that passed. */
export interface Verified {
  readonly header: JoseHeader
  readonly claims: Claims
}

/** Mints and verifies; remembers nothing. */
export interface Tokens {
  mint(draft: Draft): MaybePromise<string>
  /** @throws {AuthError} `invalid_token`, `expired_token`, `wrong_token_type`, `csrf_failed` */
  verify(token: string, expectation: Expectation): MaybePromise<Verified>
}

/** The tokens of one issuer: a key ring for the signature, rules for the rest. */
export function createTokens({
  keys,
  rules,
  clock,
}: {
  keys: KeyRing
  rules: TokenRules
  clock: Clock
}): Tokens {
  return {
    mint(draft) {
      const { header, claims } = rules.write(draft)
      const { kind, identity } = draft
      return chain(keys.signingKey({ kind, identity }), (key) => signJwt(claims, key, header))
    },
    verify(token, expectation) {
      const parsed = parseToken(token)
      const { header } = parsed
      const use = { header, kind: expectation.kind, unverified: () => decodeUnverified(token) }
      return chain(keys.verifyingKeys(use), (candidates) => {
        // The signature comes before every claim (RFC 8725 section 3.1): nothing below runs for a forged token.
        const { payload } = checkSignature(parsed, candidates)
        const claims = claimsOf(payload, rules.parse)
        return { header, claims: rules.judge(header, claims, expectation, clock() / 1000) }
      })
    },
  }
}
