import { AuthError } from 'latchkey'
import { readForm } from './reading.ts'

/** Refusals of ours that the peer knows no words for: sizes and shapes that it does not bound (T-08, T-11, T-12). */
const OUR_OWN = new Set([
  'too_large',
  'kid_too_long',
  'typ_type',
  'header_too_large',
  'header_depth',
  'header_members',
  'header_duplicate',
  'header_surrogate',
])

/** A time that is no number of JSON; Python reads it all the same, and then stumbles over it. */
const NO_NUMBER = /"(exp|nbf|iat)"\s*:\s*-?(?:NaN|Infinity)/

const TIMES: Readonly<Record<string, string>> = {
  exp: 'Expiration Time claim (exp) must be an integer.',
  nbf: 'Not Before claim (nbf) must be an integer.',
  iat: 'Issued At claim (iat) must be an integer.',
}

/** The peer's words for a time claim that is no number. */
export function notAnInteger(claim: 'exp' | 'nbf' | 'iat'): string {
  return TIMES[claim] ?? ''
}

/**
 * A refusal of a token's form or signature in the words of the peer, whose checks come in another order.
 *
 * @param algorithms those that may verify
 */
export function reword(token: unknown, error: AuthError, algorithms: ReadonlySet<string>): AuthError {
  const text = wordsFor(token, error, algorithms)
  return new AuthError(error.code, text, { ...error.details, cause: error.cause })
}

function wordsFor(token: unknown, error: AuthError, algorithms: ReadonlySet<string>): string {
  const { reason = '' } = error.details
  if (OUR_OWN.has(reason)) return error.message
  const { complaint, header } = readForm(token)
  if (complaint !== null) return complaint
  const { alg } = header
  if (alg === undefined) return 'Algorithm not specified'
  if (typeof alg !== 'string' || !algorithms.has(alg)) return 'The specified alg value is not allowed'
  // Only Python reads such a header.
  if (reason.startsWith('header_')) return `Invalid header string: ${error.message}`
  // From here on the signature was good, and the payload is one that only Python reads.
  if (reason.startsWith('payload_')) return timeComplaint(token) ?? `Invalid payload string: ${error.message}`
  return 'Signature verification failed'
}

function timeComplaint(token: unknown): string | null {
  const payload = Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8')
  const [, claim] = NO_NUMBER.exec(payload) ?? []
  return claim === undefined ? null : (TIMES[claim] ?? null)
}
