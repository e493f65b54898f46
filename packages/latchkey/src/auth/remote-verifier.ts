import type { GuardedOptions } from '../base/guarded-get.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { type RemoteKeyRingOptions, remoteKeyRing, strictRules } from '../tokens/index.ts'
import type { AuthenticateDeps } from './authenticate.ts'
import { type AuthenticatorOptions, createAuthenticator } from './authenticator.ts'
import { HOOK_OPTIONS } from './hooks.ts'
import type { KeyOptions } from './keys.ts'
import type { Authenticator } from './principal.ts'
import { type RemoteFeedOptions, remoteFeed } from './remote-feed.ts'
import { createRevocationCheck, type RevocationCheck } from './revocation-check.ts'
import type { FeedPolicy } from './revocation-feed.ts'
import { TRANSPORT_OPTIONS } from './transport.ts'

/** What a service says about itself and about the tokens that it takes. */
export interface VerifierRules {
  /** Who this service is: must be among the claim `aud`. */
  readonly audience: string | readonly string[]
  /** Seconds of clock difference that are forgiven, 0 to 60. @default 5 */
  readonly tolerance?: number
  /**
   * Whether a token must name its kind in the header `typ`, as ours do. `false` also takes tokens of issuers that do
   * not; the claim `type` decides then, and without one it counts as an access token. @default true
   */
  readonly requireTyp?: boolean
}

export const VERIFIER_RULES: NamesOf<VerifierRules> = { audience: true, tolerance: true, requireTyp: true }

export interface RemoteVerifierOptions<U = null>
  extends VerifierRules,
    Omit<AuthenticatorOptions<U>, 'secret' | 'keys'>,
    Pick<RemoteKeyRingOptions, 'jwksUri' | 'algorithm' | 'coolDown' | 'monotonic'>,
    Pick<KeyOptions, 'cachedTokens'>,
    GuardedOptions {
  /** Where the issuer tells what it revoked. Without it a revoked token is good until it expires. */
  readonly feed?: RemoteFeedOptions
  /** How old news of revocations may be, and what happens beyond. */
  readonly revocation?: FeedPolicy
  /** Told once how soon a revoked token is refused. @default console.info */
  readonly log?: (line: string) => void
}

const OPTIONS: NamesOf<RemoteVerifierOptions> = {
  ...VERIFIER_RULES,
  ...HOOK_OPTIONS,
  ...TRANSPORT_OPTIONS,
  clock: true,
  cachedTokens: true,
  jwksUri: true,
  algorithm: true,
  coolDown: true,
  monotonic: true,
  allowPrivateAddresses: true,
  lookup: true,
  feed: true,
  revocation: true,
  log: true,
}

/** A verifier that asks its issuer for keys, and for revocations where there is a feed. */
export interface RemoteVerifier<U = unknown> extends Authenticator<U> {
  /** Resolves when keys and revocations are loaded; rejects with the reason why they cannot be. */
  ready(): Promise<void>
  /** Stops asking. */
  close(): Promise<void>
}

/** @throws {TypeError} for options that cannot work */
export function createRemoteVerifier<U>(
  issuer: string,
  options: RemoteVerifierOptions<U>,
): RemoteVerifier<U> {
  requireKnownNames(options, OPTIONS, 'createVerifier')
  const { audience, tolerance, requireTyp, log = console.info } = options
  const rules = strictRules({
    issuer,
    audience,
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(requireTyp === undefined ? {} : { requireTyp }),
  })
  const keys = remoteKeyRing(issuer, options)
  const feed = options.feed === undefined ? null : remoteFeed(options.feed, options)
  const check = feed
    ? createRevocationCheck(feed, feed.signal, options.revocation, ({ kind, id }) => {
        if (kind === 'kid') keys.forget(id)
      })
    : null
  const { authenticate, transport } = createAuthenticator<U>(
    { ...options, keys },
    rules,
    requireLiveBy(check),
  )
  log(`latchkey: tokens of ${issuer}; ${boundOf(check)}.`)
  return {
    authenticate,
    transport,
    async ready() {
      await Promise.all([keys.ready(), check?.sync()])
    },
    async close() {
      keys.stop()
      await check?.stop()
      feed?.close()
    },
  }
}

function requireLiveBy<U>(check: RevocationCheck | null): NonNullable<AuthenticateDeps<U>['requireLive']> {
  return (verified, { strict = false, direct = false }) => {
    // What a route asks for and cannot have must not look as if it had it.
    if (strict && check === null) throw new TypeError('strict: give createVerifier a feed of revocations.')
    // There is no store to ask here; the youngest news are the best there is.
    return check?.requireUnrevoked(verified, strict || direct)
  }
}

function boundOf(check: RevocationCheck | null): string {
  return check === null
    ? 'no feed of revocations, so a revoked token is good until it expires'
    : 'a revoked token is refused within 1 s, or within 5 s while the issuer cannot push'
}
