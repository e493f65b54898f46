import { type Clock, systemClock } from '../base/clock.ts'
import { createTokens, type TokenRules } from '../tokens/index.ts'
import { type AuthenticateDeps, authenticate } from './authenticate.ts'
import { createHookCaller, type VerifyHooks } from './hooks.ts'
import { cacheOf, type KeyOptions, keyRingOf } from './keys.ts'
import type { Authenticator } from './principal.ts'
import { resolveTransport, type TransportOptions } from './transport.ts'

export interface AuthenticatorOptions<U> extends KeyOptions, VerifyHooks<U>, TransportOptions {
  readonly clock?: Clock
}

/**
 * The part that every door without a store shares.
 *
 * @throws {TypeError} without keys
 */
export function createAuthenticator<U>(
  options: AuthenticatorOptions<U>,
  rules: TokenRules,
  requireLive?: AuthenticateDeps<U>['requireLive'],
): Authenticator<U> & { readonly deps: AuthenticateDeps<U> } {
  const { clock = systemClock, hookDeadline } = options
  const keys = keyRingOf(options)
  if (!keys) throw new TypeError('Give "secret" or "keys": without one no token can be checked.')
  const deps: AuthenticateDeps<U> = {
    tokens: createTokens({ keys, rules, clock, cache: cacheOf(options) }),
    clock,
    callHook: createHookCaller(hookDeadline),
    hooks: options,
    ...(requireLive === undefined ? {} : { requireLive }),
  }
  return {
    deps,
    transport: resolveTransport(options),
    authenticate: (token, requirement, location) => authenticate(deps, token, requirement, location),
  }
}
