import type { KeyObject } from 'node:crypto'
import type { Algorithm } from './algorithms.ts'
import { type KeyMaterial, type Signature, signatureOf } from './signature.ts'

/**
 * A key that can verify. It carries exactly one algorithm (T-01), everything it needs was checked and prepared when
 * it was made, and what it is made of cannot be read from it.
 */
export interface VerifyKey {
  readonly algorithm: Algorithm
  /** Its name in headers and key sets; `null` for a secret that was given none. */
  readonly kid: string | null
  readonly use: 'verify' | 'sign'
}

/** A key that can sign, and verify what it signed. */
export interface SigningKey extends VerifyKey {
  readonly use: 'sign'
}

/** A key from the inside, for this folder alone. */
export interface KeyInside extends KeyMaterial {
  readonly signature: Signature
  /** Encoded headers that it has written, by their `typ`. */
  readonly headers: Map<string | undefined, string>
}

// Kept beside the keys and not in them: a key that is logged, serialised or walked through shows no secret (G-01).
const INSIDES = new WeakMap<VerifyKey, KeyInside>()

/** A new key of one algorithm, that signs where there is something to sign with. */
export function makeKey(
  algorithm: Algorithm,
  kid: string | null,
  material: KeyMaterial & { readonly signingKey: KeyObject },
): SigningKey
export function makeKey(algorithm: Algorithm, kid: string | null, material: KeyMaterial): VerifyKey
export function makeKey(algorithm: Algorithm, kid: string | null, material: KeyMaterial): VerifyKey {
  const key: VerifyKey = Object.freeze({
    algorithm,
    kid,
    use: material.signingKey === null ? 'verify' : 'sign',
  })
  INSIDES.set(key, { ...material, signature: signatureOf(algorithm, material), headers: new Map() })
  return key
}

// Most are asked for one key over and over, and looking into a WeakMap takes longer than that comparison.
let last: { readonly key: unknown; readonly inside: KeyInside | null } = { key: null, inside: null }

/** The inside of a key; `null` for what is no key of ours, whatever it looks like (K-09). */
export function insideOf(key: unknown): KeyInside | null {
  if (key !== last.key) last = { key, inside: INSIDES.get(key as VerifyKey) ?? null }
  return last.inside
}

/**
 * The same, where a programmer passed it.
 *
 * @throws {TypeError} for what is no key of ours
 */
export function requireInside(key: unknown): KeyInside {
  const inside = insideOf(key)
  if (inside) return inside
  throw new TypeError(
    'key: expected a key made by secretKey, generateKey, importPrivateKey or importPublicKey.',
  )
}

/** The half that may be handed to others. @throws {TypeError} for an HMAC secret, which has none */
export function publicKeyOf(key: SigningKey): VerifyKey {
  const { verifyingKey } = requireInside(key)
  if (verifyingKey.type === 'secret') {
    throw new TypeError('key: an HMAC secret has no public half; whoever can verify with it can sign.')
  }
  return makeKey(key.algorithm, key.kid, { verifyingKey, signingKey: null })
}

/** @throws {TypeError} when it cannot be the name of a key: T-08 */
export function requireKid(kid: unknown, name: string): string {
  if (typeof kid === 'string' && kid.length > 0 && kid.length <= 128) return kid
  throw new TypeError(`${name}: expected text of 1 to 128 characters.`)
}
