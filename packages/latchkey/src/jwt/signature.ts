import { constants, type KeyObject, sign, verify } from 'node:crypto'
import { isWorkers } from '../base/host.ts'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import { derOf, pairOf } from './der.ts'
import { hmacSignature } from './hmac.ts'
import { inputBytes, load, loadInput, type Segments } from './token-bytes.ts'

/** How one key signs and verifies, prepared when the key is made: RFC 7518 section 3, RFC 8037 section 3.1. */
export interface Signature {
  /** Whether the signature of a parsed token is right. */
  matches(segments: Segments): boolean
  /** The signature over a signing input (both parts are base64url), as base64url. */
  over(header: string, payload: string): string
}

/** What a key is made of. */
export interface KeyMaterial {
  /** The secret of an HMAC key, else the public half. */
  readonly verifyingKey: KeyObject
  /** `null` where only the public half is known. */
  readonly signingKey: KeyObject | null
}

/** The signatures of a key. */
export function signatureOf(algorithm: Algorithm, { verifyingKey, signingKey }: KeyMaterial): Signature {
  const { family, hash, signatureBytes } = ALGORITHMS[algorithm]
  if (family === 'hmac') return hmacSignature(hash as 'sha256', verifyingKey.export())
  if (family === 'rsa-pss' && isWorkers) {
    // They take the options, leave the padding out and say nothing: RS256 would pass for PS256.
    throw new TypeError(`algorithm: Workers cannot check ${algorithm}; use ES256, EdDSA or RS256 there.`)
  }
  const length = signatureBytes ?? Math.ceil((verifyingKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  // A bare KeyObject costs less than an object with options around it, so options are for PSS alone.
  const verifier = family === 'rsa-pss' ? { key: verifyingKey, ...pss } : verifyingKey
  const signer = family === 'rsa-pss' ? { key: signingKey as KeyObject, ...pss } : signingKey
  return {
    matches(segments) {
      load(segments)
      const signature = Buffer.from(segments.token.slice(segments.second + 1), 'base64url')
      if (signature.length !== length) return false
      return verify(
        hash,
        inputBytes(segments.second),
        verifier,
        family === 'ecdsa' ? derOf(signature) : signature,
      )
    },
    over(header, payload) {
      const size = loadInput(header, payload)
      const bytes = size < 0 ? Buffer.from(`${header}.${payload}`, 'latin1') : inputBytes(size)
      const signature = sign(hash, bytes, signer as KeyObject)
      return (family === 'ecdsa' ? pairOf(signature, length) : signature).toString('base64url')
    },
  }
}
