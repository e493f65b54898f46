/** Everything that can go wrong, once. `http/problem.ts` gives each code its one status. */
export type ErrorCode =
  // 400
  | 'invalid_request'
  | 'invalid_input'
  | 'weak_password'
  // 401
  | 'missing_token'
  | 'invalid_token'
  | 'expired_token'
  | 'revoked_token'
  | 'wrong_token_type'
  | 'fresh_token_required'
  | 'stale_claims'
  | 'claims_rejected'
  | 'user_not_found'
  | 'invalid_credentials'
  | 'invalid_grant'
  | 'refresh_token_reused'
  // 403
  | 'insufficient_scope'
  | 'csrf_failed'
  | 'forbidden'
  // 404, 405, 409
  | 'not_found'
  | 'session_not_found'
  | 'method_not_allowed'
  | 'account_taken'
  // 413, 415, 429, 431, 503
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many_attempts'
  | 'headers_too_large'
  | 'unavailable'

/** What a refusal says beside its code and message. None of it ever holds a token, a password or a key. */
export interface ErrorDetails {
  /** `fresh_token_required`: the age in seconds that the route allows; absent when it asks for `fresh: true`. */
  readonly maxAge?: number
  /** `insufficient_scope`: the scope that the route asks for. */
  readonly scope?: string
  /** `too_many_attempts`, `unavailable`: seconds until another try may succeed. */
  readonly retryAfter?: number
  /** `invalid_input`: the field that is wrong. */
  readonly field?: string
  /** `method_not_allowed`: the methods that are, for `Allow`. */
  readonly allow?: readonly string[]
  /** Which check failed, as a stable word: for the log and for development, never for the wire in production. */
  readonly reason?: string
  /** The error below, for the log. */
  readonly cause?: unknown
}

/** What a refusal is about, as {@link setSubject} said; `null` where it said nothing. */
export let subjectOf: (error: AuthError) => unknown
/** Tells what a refusal is about. Nothing of it is logged or serialised with the error. */
export let setSubject: (error: AuthError, subject: object) => void

/** The one error this library throws on purpose. Branch on `code`, never on `message`. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly details: Omit<ErrorDetails, 'cause'>
  // Private, so that what is logged or serialised of a refusal does not show it (G-01). A WeakMap beside the errors
  // would cost as much as checking a signature.
  #subject: object | null = null

  static {
    subjectOf = (error) => error.#subject
    setSubject = (error, subject) => {
      error.#subject = subject
    }
  }

  /** @param message a sentence about the request that may travel over the wire */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause } = details
    // A refusal is an answer and no fault of the program: it has no stack trace, which would cost more than all the
    // checks before it, and an attacker chooses which path runs. What is below has its own, in `cause`.
    const limit = suspendStackTraces()
    super(message, cause === undefined ? undefined : { cause })
    if (limit !== null) {
      Error.stackTraceLimit = limit
      // What a trace of no frames would say: loggers print it.
      this.stack = `AuthError: ${message}`
    }
    this.code = code
    this.details = cause === undefined ? details : withoutCause(details)
  }
}

/** Until it is set back, errors have no stack trace. `null` where the limit is absent, or frozen by the host. */
function suspendStackTraces(): number | null {
  const limit = Error.stackTraceLimit
  if (typeof limit !== 'number') return null
  try {
    // No number, and not 0: even a trace of no frames is made by walking the stack.
    ;(Error as { stackTraceLimit?: number | undefined }).stackTraceLimit = undefined
    return limit
  } catch {
    return null
  }
}

function withoutCause({ cause: _, ...details }: ErrorDetails): Omit<ErrorDetails, 'cause'> {
  return details
}
