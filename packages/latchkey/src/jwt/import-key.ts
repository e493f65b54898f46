import { createPrivateKey, createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto'
import { decodeBase64url } from '../base/encoding.ts'
import { ALGORITHM_NAMES, ALGORITHMS, type Algorithm, isAlgorithm } from './algorithms.ts'
import { requireFit, requireMatchingHalves } from './key-fitness.ts'
import { makeKey, publicKeyOf, requireKid, type SigningKey, type VerifyKey } from './keys.ts'
import { secretKey } from './secret-key.ts'
import { thumbprintOf } from './thumbprint.ts'

export interface ImportOptions {
  /**
   * The one algorithm of the key. EC and Ed25519 keys know theirs, a JWK may name it (`alg`); an RSA key in another
   * form needs it.
   */
  readonly algorithm?: Algorithm
  /** The key's name in headers and sets; `null` for none. @default the JWK's `kid`, else the RFC 7638 thumbprint */
  readonly kid?: string | null
}

/** PEM text, a JSON Web Key, or a key of node:crypto. */
export type KeySource = string | JsonWebKey | KeyObject

/**
 * A private key, or a JWK of an HMAC secret.
 *
 * @throws {TypeError} when it cannot be read, does not fit its algorithm, is too weak, must not be used for
 *   signatures, or its halves do not belong together (T-05)
 */
export function importPrivateKey(source: KeySource, options: ImportOptions = {}): SigningKey {
  const jwk = jwkOf(source)
  refuseOtherUse(jwk, jwk?.['kty'] === 'oct' ? ['sign', 'verify'] : ['sign'])
  const named = namedAlgorithm(jwk, options)
  if (jwk?.['kty'] === 'oct') return importSecret(jwk, named, options)
  const signingKey = read('private', () => privateKeyOf(source, jwk))
  const verifyingKey = createPublicKey(signingKey)
  const algorithm = requireFit(verifyingKey, named)
  requireMatchingHalves(
    signingKey,
    jwk ? read('private', () => createPublicKey(publicMembers(jwk))) : verifyingKey,
  )
  return makeKey(algorithm, kidOf(jwk, options, verifyingKey), { verifyingKey, signingKey })
}

/**
 * A public key; of a private source its public half.
 *
 * @throws {TypeError} as {@link importPrivateKey}
 */
export function importPublicKey(source: KeySource, options: ImportOptions = {}): VerifyKey {
  if (isPrivate(source)) return publicKeyOf(importPrivateKey(source, options))
  const jwk = jwkOf(source)
  refuseOtherUse(jwk, ['verify'])
  const named = namedAlgorithm(jwk, options)
  const verifyingKey = read('public', () => publicKeyFrom(source, jwk))
  const algorithm = requireFit(verifyingKey, named)
  return makeKey(algorithm, kidOf(jwk, options, verifyingKey), { verifyingKey, signingKey: null })
}

function jwkOf(source: KeySource): JsonWebKey | null {
  if (source instanceof KeyObject) return null
  if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source
  if (typeof source === 'string' && source.includes('-----BEGIN ')) return null
  throw new TypeError('key: expected PEM text, a JSON Web Key or a KeyObject.')
}

function isPrivate(source: KeySource): boolean {
  if (source instanceof KeyObject) return source.type === 'private'
  if (typeof source === 'string') return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(source)
  return typeof source === 'object' && source !== null && source['d'] !== undefined
}

function privateKeyOf(source: KeySource, jwk: JsonWebKey | null): KeyObject {
  if (jwk) return createPrivateKey({ key: jwk, format: 'jwk' })
  if (!(source instanceof KeyObject)) return createPrivateKey(source as string)
  if (source.type === 'private') return source
  throw new TypeError(`it is a ${source.type} key`)
}

function publicKeyFrom(source: KeySource, jwk: JsonWebKey | null): KeyObject {
  if (jwk) return createPublicKey(publicMembers(jwk))
  if (!(source instanceof KeyObject)) return createPublicKey(source as string)
  if (source.type === 'public') return source
  throw new TypeError(`it is a ${source.type} key`)
}

function publicMembers({ kty, crv, x, y, n, e }: JsonWebKey): {
  readonly key: JsonWebKey
  readonly format: 'jwk'
} {
  const key = Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  )
  return { key, format: 'jwk' }
}

/** Node's own messages speak of the form of the key, never of its content. */
function read(half: 'private' | 'public', make: () => KeyObject): KeyObject {
  try {
    return make()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown reason'
    throw new TypeError(`key: this is not a ${half} key that can be read (${why}).`, { cause })
  }
}

/** RFC 7517 sections 4.2 and 4.3: a key that says what it is for is used for nothing else. */
function refuseOtherUse(jwk: JsonWebKey | null, needed: readonly string[]): void {
  if (!jwk) return
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') throw new TypeError('key: its "use" does not allow signatures.')
  if (operations === undefined) return
  const allowed = Array.isArray(operations) && needed.every((operation) => operations.includes(operation))
  if (!allowed) throw new TypeError(`key: its "key_ops" do not allow to ${needed.join(' and ')}.`)
}

function namedAlgorithm(jwk: JsonWebKey | null, { algorithm }: ImportOptions): Algorithm | null {
  const named = jwk?.['alg']
  for (const name of [algorithm, named]) {
    if (name !== undefined && !isAlgorithm(name)) {
      throw new TypeError(`algorithm: expected one of ${ALGORITHM_NAMES}.`)
    }
  }
  if (algorithm !== undefined && named !== undefined && named !== algorithm) {
    throw new TypeError(`algorithm: the key is for ${named}, not for ${algorithm}.`)
  }
  return algorithm ?? (named as Algorithm | undefined) ?? null
}

function importSecret(jwk: JsonWebKey, algorithm: Algorithm | null, options: ImportOptions): SigningKey {
  if (algorithm === null || ALGORITHMS[algorithm].family !== 'hmac') {
    throw new TypeError('algorithm: a secret needs "alg" in its JWK, or the option: HS256, HS384 or HS512.')
  }
  const bytes = typeof jwk.k === 'string' ? decodeBase64url(jwk.k) : null
  if (bytes === null) throw new TypeError('key: "k" must be base64url text.')
  const kid = options.kid === undefined ? jwk['kid'] : options.kid
  return secretKey(bytes, {
    algorithm: algorithm as 'HS256' | 'HS384' | 'HS512',
    ...(kid === undefined || kid === null ? {} : { kid: kid as string }),
  })
}

function kidOf(jwk: JsonWebKey | null, { kid }: ImportOptions, key: KeyObject): string | null {
  if (kid === null) return null
  if (kid !== undefined) return requireKid(kid, 'kid')
  if (jwk?.['kid'] !== undefined) return requireKid(jwk['kid'], 'kid')
  return thumbprintOf(key.export({ format: 'jwk' }))
}
