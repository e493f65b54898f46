import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, millisecondsOf } from '../base/duration.ts'
import { AuthError } from '../base/errors.ts'
import { createGuardedGet, type GuardedOptions } from '../base/guarded-get.ts'
import { parseJson } from '../base/json.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { parseToken } from '../jwt/index.ts'
import { type Expectation, passedOf, strictRules, type Tokens, type Verified } from '../tokens/index.ts'
import { authenticate } from './authenticate.ts'
import { createHookCaller, HOOK_OPTIONS, type VerifyHooks } from './hooks.ts'
import type { Authenticator } from './principal.ts'
import { VERIFIER_RULES, type VerifierRules } from './remote-verifier.ts'
import { resolveTransport, TRANSPORT_OPTIONS, type TransportOptions } from './transport.ts'

export interface IntrospectingVerifierOptions<U = null>
  extends VerifierRules,
    VerifyHooks<U>,
    TransportOptions,
    GuardedOptions {
  /** Who issues the tokens: must equal the claim `iss`. */
  readonly issuer: string
  /** What the issuer knows this service by. */
  readonly credential: string
  /** How long an answer is believed: the bound after a revocation. 0 asks for every request. @default '10s' */
  readonly maxAge?: Duration
  /** Milliseconds that only go forward. @default performance.now */
  readonly monotonic?: Clock
  readonly clock?: Clock
}

const OPTIONS: NamesOf<IntrospectingVerifierOptions> = {
  ...VERIFIER_RULES,
  ...HOOK_OPTIONS,
  ...TRANSPORT_OPTIONS,
  issuer: true,
  credential: true,
  maxAge: true,
  monotonic: true,
  clock: true,
  allowPrivateAddresses: true,
  lookup: true,
}

/** A verifier that asks the issuer about each token. */
export interface IntrospectingVerifier<U = unknown> extends Authenticator<U> {
  /** Lets go of its connections. */
  close(): void
}

interface Answer {
  /** `null` for a token that is not active. */
  readonly claims: Readonly<Record<string, unknown>> | null
  readonly at: number
}

/** Answers that are kept at most. */
const MOST = 10_000
const LARGEST = 64 * 1024

/**
 * Asks an introspection endpoint (RFC 7662) instead of checking signatures: for services that must hold neither keys
 * nor revocations. It costs a call for each token and `maxAge`; `createVerifier` costs none.
 *
 * @param url of the endpoint: https, or http on this machine
 * @throws {TypeError} for options that cannot work
 */
export function createIntrospectingVerifier<U = null>(
  url: string,
  options: IntrospectingVerifierOptions<U>,
): IntrospectingVerifier<U> {
  requireKnownNames(options, OPTIONS, 'createIntrospectingVerifier')
  const { clock = systemClock, hookDeadline } = options
  const { tokens, close } = introspectedTokens(url, options, clock)
  const deps = { tokens, clock, hooks: options, callHook: createHookCaller(hookDeadline) }
  return {
    transport: resolveTransport(options),
    authenticate: (token, requirement, location) => authenticate<U>(deps, token, requirement, location),
    close,
  }
}

function introspectedTokens<U>(
  url: string,
  options: IntrospectingVerifierOptions<U>,
  clock: Clock,
): { readonly tokens: Tokens; close(): void } {
  const { issuer, audience, tolerance, requireTyp, monotonic = () => performance.now() } = options
  const rules = strictRules({
    issuer,
    audience,
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  })
  const { ask, close } = createAsk(url, options)
  const maxAge = millisecondsOf(options.maxAge ?? '10s', 'maxAge')
  const held = new Map<string, Answer>()

  async function claimsOf(token: string, uncached = false): Promise<Answer['claims']> {
    const known = held.get(token)
    const at = monotonic()
    if (known && !uncached && at - known.at < maxAge) return known.claims
    held.delete(token)
    const claims = await ask(token)
    if (held.size >= MOST) held.delete(held.keys().next().value as string)
    held.set(token, { claims, at })
    return claims
  }

  async function examine(token: string, expectation: Expectation): Promise<Verified | Error> {
    // What has not even the form of a token is worth no call.
    const { header } = parseToken(token)
    const claims = await claimsOf(token, expectation.uncached)
    if (claims === null)
      throw new AuthError('invalid_token', 'The token is not active.', { reason: 'inactive' })
    const judged = rules.judge(header, { ...claims }, expectation, clock() / 1000)
    if (judged instanceof AuthError) return judged
    return { header, claims: judged, identity: judged.sub, sessionId: judged.sid ?? null }
  }

  return {
    close,
    tokens: {
      mint() {
        throw new TypeError('A verifier issues no tokens.')
      },
      examine,
      verify: async (token, expectation) => passedOf(await examine(token, expectation)),
    },
  }
}

type Ask = (token: string) => Promise<Answer['claims']>

function createAsk(
  url: string,
  options: GuardedOptions & { readonly credential: string },
): { readonly ask: Ask; close(): void } {
  const { credential } = options
  if (typeof credential !== 'string' || !/^[\x21-\x7e]+$/.test(credential)) {
    throw new TypeError('credential: expected the credential that the issuer gave this service.')
  }
  const post = createGuardedGet(url, 'url', LARGEST, options)
  const headers = { authorization: `Bearer ${credential}` }
  async function ask(token: string): Promise<Answer['claims']> {
    try {
      const { body } = await post({ headers, form: { token } })
      return claimsIn(parseJson(body))
    } catch (cause) {
      // Who cannot ask does not know; that is neither yes nor no (V10).
      throw new AuthError('unavailable', 'The issuer cannot be asked about the token at the moment.', {
        retryAfter: 1,
        reason: 'introspection',
        cause,
      })
    }
  }
  return { ask, close: post.close }
}

/** RFC 7662 section 2.2. Anything but a clear yes or no is no answer. */
function claimsIn(answer: unknown): Answer['claims'] {
  const { active, token_type: _, username: __, ...claims } = (answer ?? {}) as Record<string, unknown>
  if (active === false) return null
  if (active === true) return claims
  throw new TypeError('The answer does not say whether the token is active.')
}
