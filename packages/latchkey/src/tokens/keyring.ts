import type { MaybePromise } from '../base/chain.ts'
import {
  createKeySet,
  type JoseHeader,
  jwksOf,
  type SigningKey,
  type Unverified,
  type VerifyKey,
} from '../jwt/index.ts'
import type { TokenKind } from './claims.ts'

/** What a ring may choose a signing key by. */
export interface SigningUse {
  readonly kind: TokenKind
  readonly identity: unknown
  /** What the application passed for it, before `identityOf`. */
  readonly user: unknown
  /** The header that is asked for, without what the key adds. */
  readonly header: Readonly<Record<string, unknown>>
}

/** What a ring may choose verifying keys by. Nothing of it has been verified. */
export interface VerifyingUse {
  readonly header: JoseHeader
  /** Reads the claims that nobody has verified yet: to choose a key by tenant, and for nothing else. */
  unverified(): Unverified
  /** `null` when either kind is welcome. */
  readonly kind: TokenKind | null
}

/** Where keys come from: fixed, stored and rotating, or a remote JWKS. */
export interface KeyRing {
  signingKey(use: SigningUse): MaybePromise<SigningKey>
  /** The keys that may have signed it; none means that the key is unknown. */
  verifyingKeys(use: VerifyingUse): MaybePromise<readonly VerifyKey[]>
  /** The public keys that others may know; empty for HMAC secrets. */
  jwks(): MaybePromise<{ readonly keys: readonly object[] }>
}

/**
 * Keys that the application holds itself: the first signs, all verify.
 *
 * @throws {TypeError} when HMAC and asymmetric keys are mixed, a `kid` comes twice, or the first cannot sign
 */
export function fixedKeyRing(first: SigningKey, ...others: readonly VerifyKey[]): KeyRing {
  if (first.use !== 'sign')
    throw new TypeError('keys: the first key signs, so it must be a private key or a secret.')
  return { ...verifyingKeyRing(first, ...others), signingKey: () => first }
}

/** Keys that only verify: for services that receive tokens and never issue any. */
export function verifyingKeyRing(...keys: readonly VerifyKey[]): KeyRing {
  const set = createKeySet(keys)
  const published = jwksOf(keys)
  // An issuer's tokens share a few headers, which come as the same objects: the last answer often is the next.
  let last: JoseHeader | null = null
  let found: readonly VerifyKey[] = []
  return {
    signingKey() {
      throw new TypeError('These keys only verify; they cannot sign.')
    },
    verifyingKeys({ header }) {
      if (header === last) return found
      found = set.find(header)
      last = Object.isFrozen(header) ? header : null
      return found
    },
    jwks: () => published,
  }
}
