import { createHash, timingSafeEqual } from 'node:crypto'

/** Bytes (text: its UTF-8) as base64url without padding: RFC 7515 section 2. */
export function encodeBase64url(bytes: string | Uint8Array): string {
  return bufferOf(bytes).toString('base64url')
}

/**
 * The bytes that a base64url text spells, or `null` when it is not their only spelling (T-09): no padding, no white
 * space, no character outside the alphabet, unused bits zero.
 */
export function decodeBase64url(text: string): Uint8Array | null {
  // Node's decoder forgives a lot. What encodes back to the same text had nothing to forgive.
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

/**
 * Whether two secret values are equal, in a time that tells nothing of either (T-20): digests of equal length are
 * compared, so neither content nor length shows.
 */
export function equalInConstantTime(one: string | Uint8Array, other: string | Uint8Array): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other))
}

function digestOf(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}

function bufferOf(bytes: string | Uint8Array): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
