import { createHash, type JsonWebKey } from 'node:crypto'

/** The members that make a key, in the order in which they are hashed: RFC 7638 section 3.2, RFC 8037 section 2. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/**
 * The SHA-256 thumbprint of a public JWK, as base64url (RFC 7638).
 *
 * @throws {TypeError} for other kinds of keys: the thumbprint of a secret would be a hash of the secret
 */
export function thumbprintOf(jwk: JsonWebKey): string {
  const members = Object.hasOwn(MEMBERS, String(jwk.kty)) ? MEMBERS[String(jwk.kty)] : undefined
  if (!members?.every((name) => typeof jwk[name] === 'string')) {
    throw new TypeError('key: only complete EC, OKP and RSA keys have a thumbprint.')
  }
  const text = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))
  return createHash('sha256').update(text).digest('base64url')
}
