import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { Verified } from './tokens.ts'

// Kept beside the errors and not in them: what is logged or serialised of a refusal shows no claims (G-01).
const TOKENS = new WeakMap<AuthError, Verified>()

/**
 * The verified token that a refusal is about, for an `answer` hook that words it; `null` where none was verified.
 */
export function tokenOf(error: AuthError): Verified | null {
  return TOKENS.get(error) ?? null
}

/** The error to throw for a refusal that is about this token. What is no refusal passes as it is. */
export function blame(error: unknown, verified: Verified): unknown {
  if (!(error instanceof AuthError)) return error
  const known = TOKENS.get(error)
  if (known?.claims === verified.claims) return error
  // A hook may throw one and the same error at many requests, and each has a token of its own.
  const own = known
    ? new AuthError(error.code, error.message, { ...error.details, cause: error.cause })
    : error
  TOKENS.set(own, verified)
  return own
}

/** `work()`; what it refuses is about this token. */
export function blaming<T>(verified: Verified, work: () => MaybePromise<T>): MaybePromise<T> {
  try {
    const value = work()
    return value instanceof Promise ? value.catch((error) => Promise.reject(blame(error, verified))) : value
  } catch (error) {
    throw blame(error, verified)
  }
}
