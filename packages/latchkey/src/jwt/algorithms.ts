/** The signature algorithms of RFC 7518 and RFC 8037 that we know. `none` is not among them and cannot be (T-02). */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'

/** What an algorithm asks of its key. */
export interface AlgorithmFacts {
  readonly family: 'hmac' | 'rsa' | 'rsa-pss' | 'ecdsa' | 'eddsa'
  /** The digest, as node:crypto names it; EdDSA brings its own. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null
  /** Bytes of a signature; `null` for RSA, where it is the modulus'. */
  readonly signatureBytes: number | null
  /** The curve: as node:crypto names it, and as a JWK does. */
  readonly curve: { readonly node: string; readonly jwk: string } | null
}

export const ALGORITHMS: Readonly<Record<Algorithm, AlgorithmFacts>> = {
  HS256: { family: 'hmac', hash: 'sha256', signatureBytes: 32, curve: null },
  HS384: { family: 'hmac', hash: 'sha384', signatureBytes: 48, curve: null },
  HS512: { family: 'hmac', hash: 'sha512', signatureBytes: 64, curve: null },
  RS256: { family: 'rsa', hash: 'sha256', signatureBytes: null, curve: null },
  RS384: { family: 'rsa', hash: 'sha384', signatureBytes: null, curve: null },
  RS512: { family: 'rsa', hash: 'sha512', signatureBytes: null, curve: null },
  PS256: { family: 'rsa-pss', hash: 'sha256', signatureBytes: null, curve: null },
  PS384: { family: 'rsa-pss', hash: 'sha384', signatureBytes: null, curve: null },
  PS512: { family: 'rsa-pss', hash: 'sha512', signatureBytes: null, curve: null },
  ES256: { family: 'ecdsa', hash: 'sha256', signatureBytes: 64, curve: { node: 'prime256v1', jwk: 'P-256' } },
  ES384: { family: 'ecdsa', hash: 'sha384', signatureBytes: 96, curve: { node: 'secp384r1', jwk: 'P-384' } },
  ES512: { family: 'ecdsa', hash: 'sha512', signatureBytes: 132, curve: { node: 'secp521r1', jwk: 'P-521' } },
  EdDSA: { family: 'eddsa', hash: null, signatureBytes: 64, curve: { node: 'ed25519', jwk: 'Ed25519' } },
}

/** Every algorithm we know, for messages. */
export const ALGORITHM_NAMES: string = Object.keys(ALGORITHMS).join(', ')

/** Whether this is the name of an algorithm that we know, byte for byte. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}
