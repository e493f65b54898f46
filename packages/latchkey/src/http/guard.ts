import type { Authenticator, Principal, Requirement } from '../auth/principal.ts'
import { type Located, type Location, type RequestView, requireLocations } from '../auth/transport.ts'
import type { MaybePromise } from '../base/chain.ts'
import { type Duration, secondsOf } from '../base/duration.ts'
import { AuthError } from '../base/errors.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { createLocator } from './locations.ts'

/** What a route asks. */
export interface GuardOptions extends Omit<Requirement, 'fresh' | 'csrf'> {
  /**
   * Lets callers without a token pass, as `null`; a bad token is refused all the same. `'lenient'`: an expired one
   * counts as none. @default false
   */
  readonly optional?: boolean | 'lenient'
  /** `true`: a fresh token. A duration: the identity was proved at most that long ago. @default false */
  readonly fresh?: boolean | Duration
  /** Where this route looks for the token. @default the authenticator's own */
  readonly locations?: Location | readonly Location[]
}

/** What a guard with such options gives: `null` is possible only where they say `optional`. */
export type GuardResult<U, O extends GuardOptions> = 'optional' extends keyof O
  ? O['optional'] extends false | undefined
    ? Principal<U>
    : Principal<U> | null
  : Principal<U>

/**
 * Judges requests. It never throws: it answers the principal, at once where no promise is needed, and every refusal
 * is a rejected promise.
 */
export type Guard<R> = (view: RequestView) => MaybePromise<R>

/**
 * Locate, then authenticate: every adapter's `jwtRequired` is this and a few lines of plumbing. Options are checked
 * and prepared once.
 *
 * @throws {TypeError} for what cannot work: no authenticator, an unknown option
 */
export function createGuard<U, const O extends GuardOptions = Record<never, never>>(
  auth: Authenticator<U>,
  options: O = {} as O,
): Guard<GuardResult<U, O>> {
  requireAuthenticator(auth)
  requireKnownNames(options, OPTIONS, 'jwtRequired')
  const { optional = false, refresh = false, locations = auth.transport.locations } = options
  const requirement = requirementOf(options)
  const locate = createLocator(auth.transport, { refresh, locations: requireLocations(locations) })
  const judge = (found: Located | null): MaybePromise<Principal<U> | null> => {
    if (found === null) return null
    const { token, location, csrf } = found
    const asked = csrf === undefined ? requirement : { ...requirement, csrf }
    const principal = auth.authenticate(token, asked, location)
    return principal instanceof Promise ? principal.then(requirePrincipal) : requirePrincipal(principal)
  }
  // Only the absence of a token is excused, never a `missing_token` that somebody threw while judging one.
  const unlessMissing = optional === false ? reject : excuse('missing_token')
  const unlessExpired = optional === 'lenient' ? excuse('expired_token') : reject
  return (view) => {
    const found = attempt(locate, view, unlessMissing)
    const result =
      found instanceof Promise
        ? found.then((one) => attempt(judge, one, unlessExpired))
        : attempt(judge, found, unlessExpired)
    return result as MaybePromise<GuardResult<U, O>>
  }
}

/** The same for a single request: options are prepared anew at each call. */
export function guard<U, const O extends GuardOptions = Record<never, never>>(
  auth: Authenticator<U>,
  view: RequestView,
  options: O = {} as O,
): MaybePromise<GuardResult<U, O>> {
  return createGuard(auth, options)(view)
}

/** `work(input)`, where what is thrown and what rejects are answered in one way. */
function attempt<I, T>(
  work: (input: I) => MaybePromise<T>,
  input: I,
  otherwise: (error: unknown) => MaybePromise<null>,
): MaybePromise<T | null> {
  try {
    const result = work(input)
    return result instanceof Promise && otherwise !== reject ? result.catch(otherwise) : result
  } catch (error) {
    return otherwise(error)
  }
}

function reject(error: unknown): Promise<never> {
  return Promise.reject(error)
}

function excuse(code: AuthError['code']): (error: unknown) => MaybePromise<null> {
  return (error) => (error instanceof AuthError && error.code === code ? null : reject(error))
}

function requirementOf({ optional: _, locations: __, fresh, ...rest }: GuardOptions): Requirement {
  requireScope(rest.scope)
  if (fresh === undefined) return rest
  return { ...rest, fresh: typeof fresh === 'boolean' ? fresh : requireAge(secondsOf(fresh, 'fresh')) }
}

/** A setting that was forgotten must not make an open door of a guarded one. */
function requireScope(scope: Requirement['scope']): void {
  if (scope === undefined) return
  const names = typeof scope === 'string' ? scope.split(' ') : scope
  if (
    Array.isArray(names) &&
    names.length > 0 &&
    names.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name))
  )
    return
  throw new TypeError(
    'scope: expected one or more names (RFC 6749 section 3.3); leave it out to ask for none.',
  )
}

function requireAge(seconds: number): number {
  if (seconds > 0) return seconds
  throw new TypeError('fresh: expected at least a second; leave it out for tokens of any age.')
}

/**
 * Throws unless `auth` can authenticate: a guard without keys must not start, let alone let anybody pass (H-22).
 *
 * @throws {TypeError}
 */
export function requireAuthenticator(auth: Authenticator<unknown>): void {
  const given: Partial<Authenticator> | null | undefined = auth
  if (typeof given?.authenticate === 'function' && given.transport) return
  throw new TypeError('Expected what createAuth, createSessions, createJwtManager or createVerifier gives.')
}

const OPTIONS: NamesOf<GuardOptions> = {
  optional: true,
  fresh: true,
  refresh: true,
  scope: true,
  locations: true,
  verifyType: true,
  skipRevocationCheck: true,
  strict: true,
  direct: true,
}

/** An authenticator that answers nothing has not said yes. */
function requirePrincipal<P extends Principal>(principal: P): P {
  if (typeof principal === 'object' && principal !== null && 'identity' in principal) return principal
  throw new TypeError('The authenticator answered no principal.')
}
