import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import type { KeyMaterial } from './keys.ts'

/** The signature over a signing input: RFC 7518 section 3, RFC 8037 section 3.1. */
export function signatureOf(input: string, algorithm: Algorithm, key: KeyObject): Buffer {
  const { family, hash } = ALGORITHMS[algorithm]
  if (family === 'hmac') return macOf(input, hash as string, key)
  return sign(hash, Buffer.from(input, 'latin1'), { key, ...parametersOf(algorithm) })
}

/** Whether a signature is this key's over the input. */
export function isSignatureOf(
  input: string,
  signature: Uint8Array,
  algorithm: Algorithm,
  { verifyingKey: key }: KeyMaterial,
): boolean {
  const { family, hash, signatureBytes } = ALGORITHMS[algorithm]
  if (signatureBytes !== null && signature.length !== signatureBytes) return false
  if (family === 'hmac') return timingSafeEqual(signature, macOf(input, hash as string, key))
  return verify(hash, Buffer.from(input, 'latin1'), { key, ...parametersOf(algorithm) }, signature)
}

function macOf(input: string, hash: string, key: KeyObject): Buffer {
  return createHmac(hash, key).update(input, 'latin1').digest()
}

function parametersOf(algorithm: Algorithm): object {
  const { family } = ALGORITHMS[algorithm]
  if (family === 'ecdsa') return { dsaEncoding: 'ieee-p1363' }
  if (family !== 'rsa-pss') return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}
