import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { AuthError } from '../base/errors.ts'

/**
 * Encrypts a private key for storage: AES-256-GCM under a key derived from the sealing secret (K-01).
 *
 * @param name bound into the seal, so that a sealed key cannot be passed off as another one
 */
export function seal(text: string, secret: Uint8Array, name: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(secret), iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** @throws {AuthError} `unavailable` with reason `sealing_secret` when the secret is another one, or the seal was touched */
export function unseal(sealed: string, secret: Uint8Array, name: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(secret), bytes.subarray(0, 12), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    throw new AuthError('unavailable', 'The sealing secret does not open the stored keys.', {
      reason: 'sealing_secret',
    })
  }
}

const sealingKey = (secret: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), 'latchkey sealed keys', 32))
