import { AuthError, setSubject, subjectOf } from '../base/errors.ts'
import type { Verified } from './tokens.ts'

/** What a refusal can be about. */
type Subject = Pick<Verified, 'header' | 'claims'>

/**
 * The verified token that a refusal is about, for an `answer` hook that words it; `null` where none was verified.
 */
export function tokenOf(error: AuthError): Subject | null {
  return subjectOf(error) as Subject | null
}

/** The error to throw for a refusal that is about this token. What is no refusal passes as it is. */
export function blame<E>(error: E, verified: Subject): E | AuthError {
  if (!(error instanceof AuthError)) return error
  const known = tokenOf(error)
  if (known?.claims === verified.claims) return error
  // A hook may throw one and the same error at many requests, and each has a token of its own.
  const own = known
    ? new AuthError(error.code, error.message, { ...error.details, cause: error.cause })
    : error
  setSubject(own, verified)
  return own
}
