import { type Clock, systemClock } from '../base/clock.ts'
import { createTokens, strictRules, type TokenRules } from '../tokens/index.ts'
import { type AuthenticateDeps, authenticate } from './authenticate.ts'
import { createHookCaller, type VerifyHooks } from './hooks.ts'
import { cacheOf, type KeyOptions, keyRingOf } from './keys.ts'
import type { Authenticator } from './principal.ts'
import { resolveTransport, type TransportOptions } from './transport.ts'

export interface VerifierOptions<U = null> extends KeyOptions, VerifyHooks<U>, TransportOptions {
  /** Who issues the tokens: must equal the claim `iss`. */
  readonly issuer: string
  /** Who this service is: must be among the claim `aud`. */
  readonly audience: string | readonly string[]
  /** Seconds of clock difference that are forgiven, 0 to 60. @default 5 */
  readonly tolerance?: number
  /**
   * Whether a token must name its kind in the header `typ`, as ours do. `false` also takes tokens of issuers that do
   * not; the claim `type` decides then, and without one it counts as an access token. @default true
   */
  readonly requireTyp?: boolean
  readonly clock?: Clock
}

/**
 * Checks tokens that were issued elsewhere, and remembers nothing: for services behind the sign-in.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ issuer: 'https://auth.acme.example', audience: 'orders', keys: publicKey })
 * const { identity } = await verifier.authenticate(token, { scope: 'orders:read' })
 * ```
 * @throws {TypeError} without keys, issuer or audience
 */
export function createVerifier<U = null>(options: VerifierOptions<U>): Authenticator<U> {
  const { issuer, audience, tolerance, requireTyp } = options
  const rules = strictRules({
    issuer,
    audience,
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  })
  return createAuthenticator(options, rules)
}

/** The part that every stateless door shares. */
export function createAuthenticator<U>(
  options: KeyOptions & VerifyHooks<U> & TransportOptions & { readonly clock?: Clock },
  rules: TokenRules,
): Authenticator<U> & { readonly deps: AuthenticateDeps<U> } {
  const { clock = systemClock, hookDeadline } = options
  const keys = keyRingOf(options)
  if (!keys) throw new TypeError('Give "secret" or "keys": without one no token can be checked.')
  const deps: AuthenticateDeps<U> = {
    tokens: createTokens({ keys, rules, clock, cache: cacheOf(options) }),
    clock,
    identityClaim: rules.identityClaim,
    callHook: createHookCaller(hookDeadline),
    hooks: options,
  }
  return {
    deps,
    transport: resolveTransport(options),
    authenticate: (token, requirement, location) => authenticate(deps, token, requirement, location),
  }
}
