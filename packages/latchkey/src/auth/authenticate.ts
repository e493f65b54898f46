import { chain, type MaybePromise } from '../base/chain.ts'
import type { Clock } from '../base/clock.ts'
import { AuthError } from '../base/errors.ts'
import { blame, type Expectation, passedOf, type Tokens, type Verified } from '../tokens/index.ts'
import type { HookCaller, VerifyHooks } from './hooks.ts'
import type { Principal, Requirement } from './principal.ts'
import { requireMet } from './requirement.ts'
import type { Location } from './transport.ts'

/** What authenticating is handed: what can be proved, the time, and what the door and the application know. */
export interface AuthenticateDeps<U> {
  readonly tokens: Tokens
  readonly clock: Clock
  readonly callHook: HookCaller
  readonly hooks: VerifyHooks<U>
  /** What the door itself knows of revocations; throws `revoked_token`, `stale_claims`, `unavailable`. */
  readonly requireLive?: (verified: Verified, requirement: Requirement) => MaybePromise<void>
}

const NOTHING: Requirement = {}

/**
 * verify → require → revoked? → accept → load. In that order: each step is dearer than the one before, and nothing
 * of a token is believed before its signature holds.
 */
export function authenticate<U>(
  deps: AuthenticateDeps<U>,
  token: string,
  requirement: Requirement = NOTHING,
  location: Location | null = null,
): MaybePromise<Principal<U>> {
  const examined = deps.tokens.examine(token, expectationOf(requirement))
  if (examined instanceof Promise) {
    return examined.then((one) => admit(deps, passedOf(one), requirement, location))
  }
  // Here and not in `passedOf`: one frame less to leave.
  if (examined instanceof Error) throw examined
  return admit(deps, examined, requirement, location)
}

// Written out and not chained: this runs on every request, and where nothing has to be waited for nothing is made.
function admit<U>(
  deps: AuthenticateDeps<U>,
  verified: Verified,
  requirement: Requirement,
  location: Location | null,
): MaybePromise<Principal<U>> {
  try {
    requireMet(verified.claims, requirement, deps.clock)
    const unrevoked = requireUnrevoked(deps, verified, requirement)
    const principal =
      unrevoked instanceof Promise
        ? unrevoked.then(() => welcome(deps, verified, location))
        : welcome(deps, verified, location)
    return principal instanceof Promise ? principal.catch((error) => reject(error, verified)) : principal
  } catch (error) {
    throw blame(error, verified)
  }
}

function reject(error: unknown, verified: Verified): Promise<never> {
  return Promise.reject(blame(error, verified))
}

/** The application's part. */
function welcome<U>(
  deps: AuthenticateDeps<U>,
  verified: Verified,
  location: Location | null,
): MaybePromise<Principal<U>> {
  const accepted = requireAccepted(deps, verified)
  if (accepted instanceof Promise) return accepted.then(() => introduce(deps, verified, location))
  return introduce(deps, verified, location)
}

function introduce<U>(
  deps: AuthenticateDeps<U>,
  verified: Verified,
  location: Location | null,
): MaybePromise<Principal<U>> {
  const user = loadUser(deps, verified)
  if (user instanceof Promise) return user.then((one) => principalFrom(verified, one, location))
  return principalFrom(verified, user, location)
}

const ACCESS: Expectation = Object.freeze({ kind: 'access' })

function expectationOf({ refresh, verifyType = true, csrf, direct }: Requirement): Expectation {
  const kind = verifyType ? (refresh ? 'refresh' : 'access') : null
  if (kind === 'access' && csrf === undefined && !direct) return ACCESS
  return { kind, uncached: direct === true, ...(csrf === undefined ? {} : { csrf }) }
}

function requireUnrevoked<U>(
  { requireLive, hooks: { isRevoked }, callHook }: AuthenticateDeps<U>,
  verified: Verified,
  requirement: Requirement,
): MaybePromise<void> {
  if (requirement.skipRevocationCheck) return
  return chain(requireLive?.(verified, requirement), () => {
    if (!isRevoked) return
    const { claims, header } = verified
    return chain(
      callHook('isRevoked', () => isRevoked(claims, header)),
      (revoked) => {
        if (revoked) throw revokedToken('hook')
      },
    )
  })
}

/** The refusal of a token that was good once. */
export function revokedToken(reason: string): AuthError {
  return new AuthError('revoked_token', 'The token has been revoked.', { reason })
}

function requireAccepted<U>(
  { hooks: { acceptClaims }, callHook }: AuthenticateDeps<U>,
  verified: Verified,
): MaybePromise<void> {
  if (!acceptClaims) return
  return chain(
    callHook('acceptClaims', () => acceptClaims(verified.claims, verified.header)),
    (accepted) => {
      if (!accepted) throw new AuthError('claims_rejected', 'The claims of the token are not accepted here.')
    },
  )
}

/** `null` without a hook; a hook's `null` is a refusal. */
function loadUser<U>({ hooks, callHook }: AuthenticateDeps<U>, verified: Verified): MaybePromise<U> {
  const { loadUser: load } = hooks
  if (!load) return null as U
  return chain(
    callHook('loadUser', () => load(verified.claims, verified.header)),
    (user) => {
      if (user === null || user === undefined) {
        throw new AuthError('user_not_found', 'The user that the token speaks of does not exist.')
      }
      return user
    },
  )
}

function principalFrom<U>(
  { identity, sessionId, claims, header }: Verified,
  user: U,
  location: Location | null,
): Principal<U> {
  return { identity, sessionId, claims, user, header, location }
}
