import { AuthError } from '../base/errors.ts'

/** What a verb rejects with when the store itself failed. The caller may try again in a second. */
export function unavailable(reason: string, cause?: unknown): AuthError {
  return new AuthError('unavailable', 'The service cannot answer at the moment. Try again shortly.', {
    retryAfter: 1,
    reason,
    cause,
  })
}
