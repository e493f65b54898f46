import type { JoseHeader } from './header.ts'
import { claimsIn, parseToken } from './parse.ts'

/**
 * What a token says, whoever wrote it. The type fits nowhere where verified claims are expected (T-32).
 */
export interface Unverified {
  readonly header: JoseHeader
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Looks into a token without believing it: for tools and logs of one's own, and to choose a key. Form is checked by
 * the same parser that verifies.
 *
 * @throws {AuthError} `invalid_token` when it is not the form of a token
 */
export function decodeUnverified(token: string): Unverified {
  const parsed = parseToken(token)
  return { header: parsed.header, claims: claimsIn(parsed, 'refuse').claims }
}
