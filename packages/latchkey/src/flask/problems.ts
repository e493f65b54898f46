import { type AuthError, type ErrorCode, tokenOf } from 'latchkey'
import { type Problem, STATUS } from 'latchkey/http'
import { printed } from './python.ts'

/** What the peer answers where it differs from us; the rest it does not know, and goes by our own table. */
const FLASK_STATUS: Partial<Record<ErrorCode, number>> = {
  missing_token: 401,
  csrf_failed: 401,
  invalid_token: 422,
  wrong_token_type: 422,
  expired_token: 401,
  fresh_token_required: 401,
  revoked_token: 401,
  claims_rejected: 400,
  user_not_found: 401,
}

/**
 * The reason of an `invalid_token` where the peer fails over a request, before it gets as far as a token. That is a 401
 * as where there is none, and yet no absence: nobody passes with it on an optional route.
 */
export const UNREADABLE = 'unreadable_request'

const TEXT: Partial<Record<ErrorCode, string>> = {
  expired_token: 'Token has expired',
  fresh_token_required: 'Fresh token required',
  revoked_token: 'Token has been revoked',
  claims_rejected: 'User claims verification failed',
}

/** The peer's answer to a refusal: its status, its text under the configured key, and no other header. */
export function flaskProblem(error: AuthError, messageKey: string, identityClaim: string): Problem {
  const { code, details } = error
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (details.retryAfter !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(details.retryAfter)))
  if (details.allow) headers['allow'] = details.allow.join(', ')
  return {
    status: details.reason === UNREADABLE ? 401 : (FLASK_STATUS[code] ?? STATUS[code]),
    headers,
    body: { [messageKey]: textOf(error, identityClaim) },
  }
}

function textOf(error: AuthError, identityClaim: string): string {
  if (error.code !== 'user_not_found') return TEXT[error.code] ?? error.message
  return `Error loading the user ${printed(tokenOf(error)?.claims[identityClaim])}`
}
