import type { MaybePromise } from '../base/chain.ts'
import type { Clock } from '../base/clock.ts'
import { type Duration, secondsOf } from '../base/duration.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import {
  type Claims,
  type Expectation,
  strictRules,
  type TokenKind,
  type TokenRules,
} from '../tokens/index.ts'
import type { AuthenticateDeps } from './authenticate.ts'
import { createAuthenticator } from './authenticator.ts'
import { HOOK_OPTIONS, type VerifyHooks } from './hooks.ts'
import { KEY_OPTIONS, type KeyOptions } from './keys.ts'
import type { Authenticator } from './principal.ts'
import { TRANSPORT_OPTIONS, type TransportOptions } from './transport.ts'

export interface JwtManagerOptions<U = null, I = string>
  extends KeyOptions,
    VerifyHooks<U>,
    TransportOptions {
  /** @default 'latchkey' */
  readonly issuer?: string
  /** Written to and expected in every token. @default the issuer */
  readonly audience?: string | readonly string[]
  /** `false` for tokens that never expire, where the rules take such tokens back. @default { access: '15m', refresh: '30d' } */
  readonly lifetime?: { readonly access?: Duration | false; readonly refresh?: Duration | false }
  /** Seconds of clock difference that are forgiven, 0 to 60. @default 5 */
  readonly tolerance?: number
  /**
   * Claims to add to each access and refresh token, by what was passed as the identity. What it returns is copied,
   * never written to.
   */
  readonly claims?: (identity: I) => MaybePromise<Readonly<Record<string, unknown>>>
  /** Header members to add to each token. */
  readonly headers?: (identity: I) => MaybePromise<Readonly<Record<string, unknown>>>
  /** What goes into `sub` for what the application passes as identity. @default the identity itself */
  readonly identityOf?: (user: I) => string
  /** Other rules for claims than the strict ones: `fromFlaskConfig` gives some. Issuer, audience, tolerance are theirs then. */
  readonly rules?: TokenRules
  readonly clock?: Clock
}

const OPTIONS: NamesOf<JwtManagerOptions> = {
  ...KEY_OPTIONS,
  ...HOOK_OPTIONS,
  ...TRANSPORT_OPTIONS,
  issuer: true,
  audience: true,
  lifetime: true,
  tolerance: true,
  claims: true,
  headers: true,
  identityOf: true,
  rules: true,
  clock: true,
}

export interface AccessTokenOptions extends RefreshTokenOptions {
  /** `true` right after a proof of identity; a duration for how long it shall count as one. @default false */
  readonly fresh?: boolean | Duration
}

export interface RefreshTokenOptions {
  /** @default the manager's lifetime */
  readonly expiresIn?: Duration | false
  readonly claims?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
}

/** Issues and checks tokens; remembers nothing. A refresh token of it stays good until it expires. */
export interface JwtManager<U = null, I = string> extends Authenticator<U> {
  createAccessToken(identity: I, options?: AccessTokenOptions): Promise<string>
  createRefreshToken(identity: I, options?: RefreshTokenOptions): Promise<string>
  /**
   * Verifies a token of either kind and answers its claims: no requirement, no revocation, no user.
   *
   * @throws {AuthError} `invalid_token`, `expired_token`, `csrf_failed`
   */
  decode(
    token: string,
    options?: { readonly csrf?: string; readonly allowExpired?: boolean },
  ): Promise<Claims>
}

/**
 * Stateless issue and check: what Flask-JWT-Extended does.
 *
 * @example
 * ```ts
 * const jwt = createJwtManager({ secret, isRevoked: ({ jti }) => blocklist.has(jti) })
 * const token = await jwt.createAccessToken('42', { fresh: true })
 * ```
 * @throws {TypeError} without a secret or keys, with weak ones, or for an option that there is not
 */
export function createJwtManager<U = null, I = string>(options: JwtManagerOptions<U, I>): JwtManager<U, I> {
  requireKnownNames(options, OPTIONS, 'createJwtManager')
  requireKnownNames(options.lifetime ?? {}, { access: true, refresh: true }, 'lifetime')
  const authenticator = createAuthenticator(options, options.rules ?? rulesOf(options))
  const mint = createMint(options, authenticator.deps)
  const { deps } = authenticator
  return {
    transport: authenticator.transport,
    authenticate: authenticator.authenticate,
    createAccessToken: (identity, { fresh = false, ...rest } = {}) => mint('access', identity, rest, fresh),
    createRefreshToken: (identity, rest = {}) => mint('refresh', identity, rest, false),
    async decode(token, { csrf, allowExpired = false } = {}) {
      const expectation: Expectation = { kind: null, allowExpired, ...(csrf === undefined ? {} : { csrf }) }
      return (await deps.tokens.verify(token, expectation)).claims
    },
  }
}

function rulesOf<U, I>({
  issuer = 'latchkey',
  audience = issuer,
  tolerance,
  csrf,
}: JwtManagerOptions<U, I>): TokenRules {
  return strictRules({
    issuer,
    audience,
    ...(tolerance === undefined ? {} : { tolerance }),
    csrf: csrf === 'double-submit',
  })
}

type Mint<I> = (
  kind: TokenKind,
  identity: I,
  options: RefreshTokenOptions,
  fresh: boolean | Duration,
) => Promise<string>

function createMint<U, I>(options: JwtManagerOptions<U, I>, deps: AuthenticateDeps<U>): Mint<I> {
  const { claims: claimsHook, headers: headersHook, identityOf, lifetime = {} } = options
  const { clock, callHook, tokens } = deps
  const lifetimes = {
    access: lifetimeOf(lifetime.access ?? '15m', 'lifetime.access'),
    refresh: lifetimeOf(lifetime.refresh ?? '30d', 'lifetime.refresh'),
  }
  return async (kind, user, { expiresIn, claims, headers }, fresh) => {
    const identity = (identityOf ? identityOf(user) : user) as string
    // Copies: a hook may return one shared object, and what one token gets must never show up in another's.
    const fromHook = claimsHook ? await callHook('claims', () => claimsHook(user)) : {}
    const headersFromHook = headersHook ? await callHook('headers', () => headersHook(user)) : {}
    const now = Math.floor(clock() / 1000)
    return tokens.mint({
      kind,
      identity,
      user,
      now,
      lifetime: expiresIn === undefined ? lifetimes[kind] : lifetimeOf(expiresIn, 'expiresIn'),
      fresh: typeof fresh === 'boolean' ? fresh : clock() / 1000 + secondsOf(fresh, 'fresh'),
      claims: { ...fromHook, ...claims },
      headers: { ...headersFromHook, ...headers },
    })
  }
}

const lifetimeOf = (duration: Duration | false, name: string): number | null =>
  duration === false ? null : secondsOf(duration, name)
