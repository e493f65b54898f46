const MINIMUM = 32

/**
 * The secret that seals stored keys, as bytes; a text is its UTF-8.
 *
 * @throws {TypeError} when it is shorter than 32 bytes
 */
export function sealingBytes(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (bytes.length < MINIMUM) {
    throw new TypeError(
      `sealingSecret: expected at least ${MINIMUM} bytes. Make one with: ` +
        `node -p "require('node:crypto').randomBytes(32).toString('base64url')"`,
    )
  }
  return bytes
}
