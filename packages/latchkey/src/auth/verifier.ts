import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { strictRules } from '../tokens/index.ts'
import { type AuthenticatorOptions, createAuthenticator } from './authenticator.ts'
import { HOOK_OPTIONS } from './hooks.ts'
import { KEY_OPTIONS } from './keys.ts'
import type { Authenticator } from './principal.ts'
import {
  createRemoteVerifier,
  type RemoteVerifier,
  type RemoteVerifierOptions,
  VERIFIER_RULES,
  type VerifierRules,
} from './remote-verifier.ts'
import { TRANSPORT_OPTIONS } from './transport.ts'

export interface VerifierOptions<U = null> extends VerifierRules, AuthenticatorOptions<U> {
  /** Who issues the tokens: must equal the claim `iss`. */
  readonly issuer: string
}

const OPTIONS: NamesOf<VerifierOptions> = {
  ...VERIFIER_RULES,
  ...KEY_OPTIONS,
  ...HOOK_OPTIONS,
  ...TRANSPORT_OPTIONS,
  issuer: true,
  clock: true,
}

/**
 * Checks tokens that were issued elsewhere: for services behind the sign-in. The keys are given, and nothing is
 * remembered; or they come from the issuer, and so do revocations where there is a feed.
 *
 * @param issuer the URL that tokens name as `iss`, exactly; its keys are at `<issuer>/.well-known/jwks.json`
 * @example
 * ```ts
 * const verifier = createVerifier('https://auth.acme.example', { audience: 'orders' })
 * const { identity } = await verifier.authenticate(token, { scope: 'orders:read' })
 * ```
 * @example
 * ```ts
 * const verifier = createVerifier({ issuer: 'https://auth.acme.example', audience: 'orders', keys: publicKey })
 * ```
 * @throws {TypeError} without keys, issuer or audience, or for a URL that must not be fetched
 */
export function createVerifier<U = null>(issuer: string, options: RemoteVerifierOptions<U>): RemoteVerifier<U>
export function createVerifier<U = null>(options: VerifierOptions<U>): Authenticator<U>
export function createVerifier<U>(
  first: string | VerifierOptions<U>,
  options?: RemoteVerifierOptions<U>,
): Authenticator<U> {
  if (typeof first === 'string') return createRemoteVerifier(first, requireOptions(options))
  requireKnownNames(first, OPTIONS, 'createVerifier')
  const { issuer, audience, tolerance, requireTyp } = first
  const rules = strictRules({
    issuer,
    audience,
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  })
  return createAuthenticator(first, rules)
}

function requireOptions<O>(options: O | undefined): O {
  if (options !== undefined) return options
  throw new TypeError(
    "createVerifier: say for whom the tokens must be: createVerifier(issuer, { audience: 'orders' }).",
  )
}
