import type { JsonWebKey } from 'node:crypto'
import type { Algorithm } from './algorithms.ts'
import { exportJwk } from './export-key.ts'
import { importPublicKey } from './import-key.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import { requireInside, type VerifyKey } from './keys.ts'

/** A JWK set: RFC 7517 section 5. */
export interface JsonWebKeySet {
  readonly keys: readonly JsonWebKey[]
}

/** The keys that others may know, public members only (K-02). HMAC secrets are left out. */
export function jwksOf(keys: readonly VerifyKey[]): { keys: JsonWebKey[] } {
  const publishable = keys.filter((key) => requireInside(key).verifyingKey.type !== 'secret')
  return { keys: publishable.map((key) => exportJwk(key)) }
}

/**
 * The public keys of a JWK set. Keys that we cannot use (encryption keys, unknown algorithms, broken or weak ones,
 * secrets) are skipped, so that one of them does not spoil the rest (I-57).
 *
 * @param options.algorithm for keys that do not name theirs; without it an RSA key that does not is skipped (I-17)
 * @throws {TypeError} when it is no JWK set, when no usable key is left, or when two have one `kid`
 */
export function importJwks(json: unknown, options: { readonly algorithm?: Algorithm } = {}): KeySet {
  const list = (json as JsonWebKeySet | null | undefined)?.keys
  if (!Array.isArray(list)) throw new TypeError('jwks: expected an object with a list "keys".')
  const usable = list.map((jwk) => usableKey(jwk, options)).filter((key) => key !== null)
  if (usable.length === 0) throw new TypeError('jwks: none of its keys can verify signatures.')
  return createKeySet(usable)
}

function usableKey(jwk: unknown, { algorithm }: { readonly algorithm?: Algorithm }): VerifyKey | null {
  try {
    const named = typeof jwk === 'object' && jwk !== null && 'alg' in jwk && jwk.alg !== undefined
    if ((jwk as JsonWebKey).kty === 'oct') return null
    return importPublicKey(jwk as JsonWebKey, named || algorithm === undefined ? {} : { algorithm })
  } catch {
    return null
  }
}
