import { createSecretKey } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import { encodesKey } from './key-like.ts'
import { makeKey, requireKid, type SigningKey } from './keys.ts'
import { isKnownSecret } from './known-secrets.ts'

export interface SecretKeyOptions {
  /** @default 'HS256' */
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512'
  /** The key's name in headers. @default none */
  readonly kid?: string
  /**
   * Accept any secret that is not empty and is no other key's text. Only for secrets of other systems that cannot be
   * changed: whoever guesses it signs for you. @default false
   */
  readonly allowShort?: boolean
}

/**
 * A key of an HMAC secret (T-04). Text counts as its UTF-8 bytes; it is not decoded, whatever it looks like.
 *
 * @throws {TypeError} when the secret is shorter than the hash (32, 48, 64 bytes), publicly known, one byte repeated,
 *   or the text of a key, a key set or a certificate
 */
export function secretKey(secret: string | Uint8Array, options: SecretKeyOptions = {}): SigningKey {
  const { algorithm = 'HS256', kid, allowShort = false } = options
  requireHmac(algorithm)
  const bytes = requireBytes(secret)
  if (encodesKey(bytes)) {
    // The oldest trick of all: a public key as the secret, and everybody can sign (I-01, I-06 to I-12).
    throw new TypeError(
      'secret: this is the text of a key or a certificate, which others may know. ' +
        'Use importPrivateKey or importPublicKey for keys.',
    )
  }
  if (PATH.test(bytes.toString('latin1'))) {
    throw new TypeError(
      'secret: this is the path of a file, not what is in it; read the file and pass its content.',
    )
  }
  if (!allowShort) refuseWeak(bytes, algorithm)
  const key = createSecretKey(bytes)
  return makeKey(algorithm, kid === undefined ? null : requireKid(kid, 'kid'), {
    verifyingKey: key,
    signingKey: key,
  })
}

/** What configuration may hold by mistake (I-29). The dot of the ending is no base64, so no random secret fits. */
const PATH = /^(?:file:|\.{0,2}\/|[a-z]:\\)\S*\.(?:pem|key|crt|cer|der|jwks?|json|txt|secret)$/i

function requireHmac(algorithm: Algorithm): void {
  if (Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm].family === 'hmac') return
  throw new TypeError('algorithm: a secret is for HS256, HS384 or HS512.')
}

function requireBytes(secret: unknown): Buffer {
  const bytes = typeof secret === 'string' || secret instanceof Uint8Array ? Buffer.from(secret) : null
  if (bytes !== null && bytes.length > 0) return bytes
  throw new TypeError('secret: expected text or bytes that are not empty.')
}

function refuseWeak(bytes: Buffer, algorithm: Algorithm): void {
  const needed = ALGORITHMS[algorithm].signatureBytes as number
  const remedy = `Make one with: node -e "console.log(require('node:crypto').randomBytes(${needed}).toString('base64url'))"`
  if (bytes.length < needed) {
    throw new TypeError(
      `secret: ${algorithm} needs at least ${needed} bytes (RFC 7518), got ${bytes.length}. ${remedy}`,
    )
  }
  if (bytes.every((byte) => byte === bytes[0]))
    throw new TypeError(`secret: this is one byte repeated. ${remedy}`)
  if (isKnownSecret(bytes)) throw new TypeError(`secret: this one is on public lists of secrets. ${remedy}`)
}
