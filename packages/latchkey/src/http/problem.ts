import type { Problem, Transport } from '../auth/transport.ts'
import { AuthError, type ErrorCode } from '../base/errors.ts'
import type { ErrorBody } from './wire.ts'

/**
 * The one place where an error becomes HTTP (H-20). Add an `ErrorCode`, and this does not compile until it has a
 * status.
 */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_input: 400,
  weak_password: 400,
  missing_token: 401,
  invalid_token: 401,
  expired_token: 401,
  revoked_token: 401,
  wrong_token_type: 401,
  fresh_token_required: 401,
  stale_claims: 401,
  claims_rejected: 401,
  user_not_found: 401,
  invalid_credentials: 401,
  invalid_grant: 401,
  refresh_token_reused: 401,
  insufficient_scope: 403,
  csrf_failed: 403,
  forbidden: 403,
  not_found: 404,
  session_not_found: 404,
  method_not_allowed: 405,
  account_taken: 409,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_attempts: 429,
  headers_too_large: 431,
  unavailable: 503,
}

/** What every answer of ours says, with a token in it or without (H-04). */
export const NO_STORE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
}

export const JSON_TYPE = 'application/json; charset=utf-8'

/** The parts of a transport that word a refusal. */
export type Wording = Partial<Pick<Transport, 'realm' | 'development' | 'answer' | 'dialect'>>

/**
 * An error as HTTP.
 *
 * @param wording an authenticator's `transport`: its realm, its dialect and its `answer` hook
 * @returns `null` for errors that are not ours: they stay the framework's
 */
export function toProblem(error: unknown, wording: Wording = {}): Problem | null {
  if (!(error instanceof AuthError)) return null
  const problem = wording.dialect?.problem?.(error) ?? strictProblem(error, wording)
  return wording.answer ? answered(wording.answer, error, problem) : problem
}

function strictProblem(error: AuthError, { realm = 'latchkey', development = false }: Wording): Problem {
  const { code, message, details } = error
  const { field, reason } = details
  const body: ErrorBody = {
    error: code,
    msg: message,
    ...(field === undefined ? {} : { field }),
    ...(development && reason !== undefined ? { reason } : {}),
  }
  return { status: STATUS[code], headers: headersOf(error, realm), body }
}

/** A refusal is answered even when the hook that words it fails: then as if there were none. */
function answered(answer: NonNullable<Transport['answer']>, error: AuthError, problem: Problem): Problem {
  try {
    const other: unknown = answer(error, problem)
    return isProblem(other) ? other : problem
  } catch {
    return problem
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null || !('body' in value)) return false
  const { status, headers } = value as Partial<Problem>
  const isStatus = typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
  return (
    isStatus && typeof headers === 'object' && headers !== null && Object.entries(headers).every(isHeader)
  )
}

/** RFC 9110 section 5: what a server could not write would be no answer at all. */
function isHeader([name, value]: readonly [string, unknown]): boolean {
  return (
    /^[!#$%&'*+\-.^_`|~\da-z]+$/i.test(name) && typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)
  )
}

function headersOf({ code, details }: AuthError, realm: string): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': JSON_TYPE, ...NO_STORE }
  const challenge = challengeOf(code, details, realm)
  if (challenge !== null) headers['www-authenticate'] = challenge
  const wait = details.retryAfter ?? (code === 'unavailable' ? 1 : undefined)
  if (wait !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(wait)))
  if (details.allow) headers['allow'] = details.allow.join(', ')
  return headers
}

/** RFC 6750 section 3; for freshness RFC 9470 section 3 (H-01). `null` where a token would not help. */
function challengeOf(code: ErrorCode, { maxAge, scope }: AuthError['details'], realm: string): string | null {
  if (STATUS[code] !== 401 && code !== 'insufficient_scope') return null
  const challenge = `Bearer ${param('realm', realm)}`
  switch (code) {
    case 'missing_token':
    case 'invalid_credentials':
      // RFC 6750 section 3.1: who showed no token is told no error.
      return challenge
    case 'insufficient_scope':
      return `${challenge}, error="insufficient_scope"${scope ? `, ${param('scope', scope)}` : ''}`
    case 'fresh_token_required': {
      const age = maxAge === undefined ? '' : `, ${param('max_age', String(maxAge))}`
      return `${challenge}, error="insufficient_user_authentication"${age}`
    }
    default:
      return `${challenge}, error="invalid_token"`
  }
}

/** RFC 9110 section 11.2: what does not fit into a quoted string is left out, so nothing can end it early. */
function param(name: string, value: string): string {
  return `${name}="${value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')}"`
}
