import type { JsonWebKey } from 'node:crypto'
import { requireInside, type VerifyKey } from './keys.ts'
import { thumbprintOf } from './thumbprint.ts'

/**
 * A key as PEM: PKCS #8 of a key that signs, SubjectPublicKeyInfo of one that verifies.
 *
 * @throws {TypeError} for an HMAC secret, which has no such form
 */
export function exportPem(key: VerifyKey): string {
  const { signingKey, verifyingKey } = requireInside(key)
  if (verifyingKey.type === 'secret') throw new TypeError('key: an HMAC secret has no PEM form.')
  const pem = signingKey
    ? signingKey.export({ format: 'pem', type: 'pkcs8' })
    : verifyingKey.export({ format: 'pem', type: 'spki' })
  return pem.toString()
}

/**
 * A key as a JSON Web Key with `kid`, `alg` and `use`. Public members only, unless `private` asks for the rest (K-02).
 *
 * @throws {TypeError} for an HMAC secret without `private: true`, and for a public key with it
 */
export function exportJwk(key: VerifyKey, options: { readonly private?: boolean } = {}): JsonWebKey {
  const { signingKey, verifyingKey } = requireInside(key)
  const whole = options.private === true
  if (!whole && verifyingKey.type === 'secret') {
    throw new TypeError('key: every member of an HMAC secret is private; ask for it with { private: true }.')
  }
  const source = whole ? signingKey : verifyingKey
  if (!source) throw new TypeError('key: this is a public key; it has no private members.')
  const { kid, algorithm: alg } = key
  return { ...source.export({ format: 'jwk' }), ...(kid === null ? {} : { kid }), alg, use: 'sig' }
}

/**
 * The RFC 7638 thumbprint of a key: what an asymmetric key is called unless it was given a name.
 *
 * @throws {TypeError} for secrets, whose thumbprint would be a hash of the secret
 */
export function thumbprint(key: JsonWebKey | VerifyKey): string {
  return thumbprintOf('kty' in key ? (key as JsonWebKey) : exportJwk(key as VerifyKey))
}
