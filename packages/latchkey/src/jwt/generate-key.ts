import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { ALGORITHM_NAMES, ALGORITHMS, type Algorithm, isAlgorithm } from './algorithms.ts'
import { importPrivateKey } from './import-key.ts'
import type { SigningKey } from './keys.ts'
import { secretKey } from './secret-key.ts'

export interface GenerateKeyOptions {
  /** @default the RFC 7638 thumbprint; none for a secret */
  readonly kid?: string
  /** Bits of an RSA modulus. @default 2048 */
  readonly modulusLength?: number
}

const generate = promisify(generateKeyPair)

/**
 * A new key, made off the main thread. EdDSA is the default: it signs fastest, and its keys and signatures are small.
 *
 * @throws {TypeError} (as a rejection) for an unknown algorithm or an RSA key below 2048 bits
 */
export async function generateKey(
  algorithm: Algorithm = 'EdDSA',
  { kid, modulusLength = 2048 }: GenerateKeyOptions = {},
): Promise<SigningKey> {
  if (!isAlgorithm(algorithm)) throw new TypeError(`algorithm: expected one of ${ALGORITHM_NAMES}.`)
  const named = kid === undefined ? {} : { kid }
  const { family, curve, signatureBytes } = ALGORITHMS[algorithm]
  switch (family) {
    case 'hmac':
      return secretKey(randomBytes(signatureBytes as number), {
        algorithm: algorithm as 'HS256' | 'HS384' | 'HS512',
        ...named,
      })
    case 'ecdsa': {
      const { privateKey } = await generate('ec', { namedCurve: curve?.node ?? '' })
      return importPrivateKey(privateKey, { algorithm, ...named })
    }
    case 'eddsa': {
      const { privateKey } = await generate('ed25519')
      return importPrivateKey(privateKey, { algorithm, ...named })
    }
    default: {
      const { privateKey } = await generate('rsa', { modulusLength })
      return importPrivateKey(privateKey, { algorithm, ...named })
    }
  }
}
