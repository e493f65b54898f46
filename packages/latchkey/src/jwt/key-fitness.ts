import { type KeyObject, sign, verify } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'

/**
 * The one algorithm of a public key: the named one if it fits, else the one that its curve implies (T-05).
 *
 * @throws {TypeError} when the key does not fit, or is of a kind or size that we do not use
 */
export function requireFit(key: KeyObject, named: Algorithm | null): Algorithm {
  const type = key.asymmetricKeyType
  if (type === 'rsa') return requireRsa(key, named)
  const curve = type === 'ec' ? key.asymmetricKeyDetails?.namedCurve : type
  const algorithm = (Object.keys(ALGORITHMS) as Algorithm[]).find(
    (name) => ALGORITHMS[name].curve?.node === curve,
  )
  if (algorithm === undefined) throw new TypeError(unsupported(type, curve))
  if (named === null || named === algorithm) return algorithm
  throw new TypeError(`algorithm: this key is for ${algorithm}, not for ${named}.`)
}

function requireRsa(key: KeyObject, named: Algorithm | null): Algorithm {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  // RFC 7518 sections 3.3 and 3.5; an exponent of 1 would make every message its own signature.
  if (modulusLength < 2048)
    throw new TypeError(`key: RSA keys need at least 2048 bits, this one has ${modulusLength}.`)
  if (publicExponent < 3n) throw new TypeError('key: the public exponent of this RSA key is below 3.')
  if (named === null) {
    throw new TypeError(
      'algorithm: an RSA key fits six; say which, as in { algorithm: \'RS256\' } (or PS256), or "alg" in its JWK.',
    )
  }
  if (ALGORITHMS[named].family === 'rsa' || ALGORITHMS[named].family === 'rsa-pss') return named
  throw new TypeError(`algorithm: this is an RSA key, which is not for ${named}.`)
}

function unsupported(type: string | undefined, curve: string | undefined): string {
  if (type === 'rsa-pss') return 'key: RSA-PSS keys are not supported; use an ordinary RSA key with PS256.'
  const known = 'RSA, EC (P-256, P-384, P-521) and Ed25519'
  return `key: keys of the kind "${curve ?? type ?? 'unknown'}" are not supported; expected ${known}.`
}

/**
 * A private key whose public half is another key's would sign what nobody can verify, or be taken for that other key
 * (I-28). node:crypto does not look.
 *
 * @throws {TypeError} when they do not belong together
 */
export function requireMatchingHalves(privateKey: KeyObject, publicKey: KeyObject): void {
  const probe = Buffer.from('Do these two halves belong together?')
  // Deno signs nothing shorter than SHA-384 with P-521.
  const digest = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha512'
  let matching = false
  try {
    matching = verify(digest, probe, publicKey, sign(digest, probe, privateKey))
  } catch {
    // A private half that cannot even sign belongs to nothing.
  }
  if (!matching) throw new TypeError('key: its private and public half do not belong together.')
}
