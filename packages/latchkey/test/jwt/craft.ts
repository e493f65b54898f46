import { createHmac, randomBytes } from 'node:crypto'
import type { AuthError } from '../../src/base/errors.ts'
import { secretKey } from '../../src/jwt/index.ts'

/** A secret of these tests, and its key. */
export const SECRET: Buffer = randomBytes(32)
export const KEY = secretKey(SECRET)

/** One segment: objects as JSON, text and bytes as they are. */
export function segment(value: unknown): string {
  if (typeof value === 'string' || value instanceof Uint8Array)
    return Buffer.from(value).toString('base64url')
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A token with any header and payload, and a true HS256 signature, made without the code under test. */
export function craft(
  header: unknown,
  payload: unknown = { sub: 'alice' },
  secret: string | Uint8Array = SECRET,
): string {
  return signed(`${segment(header)}.${segment(payload)}`, secret)
}

/** Any signing input with a true HS256 signature. */
export function signed(input: string, secret: string | Uint8Array = SECRET): string {
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** The reason for which something is refused as `invalid_token`; `null` when it is not refused. */
export function refusalOf(action: () => unknown): string | null {
  try {
    action()
    return null
  } catch (error) {
    const { code, details } = error as AuthError
    return code === 'invalid_token' ? (details.reason ?? 'no reason') : `not a refusal: ${error}`
  }
}
