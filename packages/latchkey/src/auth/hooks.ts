import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { NamesOf } from '../base/known-names.ts'
import type { JoseHeader } from '../jwt/index.ts'
import type { Claims } from '../tokens/index.ts'

/** What an application may decide about verified tokens. Every one may answer at once or with a promise. */
export interface VerifyHooks<U> {
  /** Finds the user a token speaks of; `null` refuses with `user_not_found`. Typed: the principal's `user`. */
  readonly loadUser?: (claims: Claims, header: JoseHeader) => MaybePromise<U | null>
  /** Whether the token was revoked, in addition to what the door itself knows. */
  readonly isRevoked?: (claims: Claims, header: JoseHeader) => MaybePromise<boolean>
  /** A last look at verified claims; `false` refuses with `claims_rejected`. */
  readonly acceptClaims?: (claims: Claims, header: JoseHeader) => MaybePromise<boolean>
  /** Milliseconds that a hook may take before the request is refused with 503. @default 5000 */
  readonly hookDeadline?: number
}

export const HOOK_OPTIONS: NamesOf<VerifyHooks<unknown>> = {
  loadUser: true,
  isRevoked: true,
  acceptClaims: true,
  hookDeadline: true,
}

/** Calls hooks so that one that throws or hangs refuses with `unavailable`, and lets nothing pass (T-29). */
export type HookCaller = <T>(name: string, call: () => MaybePromise<T>) => MaybePromise<T>

export function createHookCaller(deadline = 5000): HookCaller {
  return (name, call) => {
    try {
      const answer = call()
      return isThenable(answer) ? inTime(name, answer, deadline) : answer
    } catch (cause) {
      throw failed(name, cause)
    }
  }
}

async function inTime<T>(name: string, answer: PromiseLike<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed(name, new Error(`no answer within ${deadline} ms`))), deadline)
  })
  try {
    return await Promise.race([answer, late])
  } catch (cause) {
    throw failed(name, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** A hook that refuses on purpose throws an `AuthError` of its own; anything else is a fault. */
function failed(name: string, cause: unknown): AuthError {
  if (cause instanceof AuthError) return cause
  return new AuthError('unavailable', 'The request cannot be judged at the moment.', {
    retryAfter: 1,
    reason: `hook_${name}`,
    cause,
  })
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
