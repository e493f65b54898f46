import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { RevocationEntry, RevocationSignal } from '../store/store.ts'
import type { Verified } from '../tokens/index.ts'
import { revokedToken } from './authenticate.ts'
import { createRevocationFeed, type FeedPolicy } from './revocation-feed.ts'
import { createRevocationIndex, type Revoked } from './revocation-index.ts'
import type { RevocationSource } from './revocation-reader.ts'

/** Whether tokens were revoked, out of an index in memory that follows a log. */
export interface RevocationCheck {
  /** @throws {AuthError} `revoked_token`, `stale_claims`, `unavailable` */
  requireUnrevoked(verified: Verified, strict: boolean): MaybePromise<void>
  /** Resolves when everything that was committed before the call is in the index. */
  sync(): Promise<void>
  stop(): Promise<void>
}

/** @param onEntry told each entry as it is heard of */
export function createRevocationCheck(
  source: RevocationSource,
  signal: RevocationSignal | null,
  policy?: FeedPolicy,
  onEntry?: (entry: RevocationEntry) => void,
): RevocationCheck {
  const index = createRevocationIndex()
  const { requireCurrent, sync, stop } = createRevocationFeed(source, signal, index, policy, onEntry)
  const judge = (verified: Verified): void => {
    // A token that comes again is looked up again when there are news (T-21): a look through a large index takes longer
    // than all that is asked of a remembered token.
    const state = index.state()
    if (verified.clearedBy === state) return
    const why = index.find(verified)
    if (why !== null) throw refusal(why)
    verified.clearedBy = state
  }
  return {
    requireUnrevoked(verified, strict) {
      const current = requireCurrent(strict)
      return current instanceof Promise ? current.then(() => judge(verified)) : judge(verified)
    },
    sync,
    stop,
  }
}

function refusal(why: Revoked): AuthError {
  return why === 'stale' ? staleClaims() : revokedToken(why)
}

/** The refusal that a refresh mends. */
export function staleClaims(): AuthError {
  return new AuthError('stale_claims', 'The claims of the token are out of date. Refresh it.', {
    reason: 'claims',
  })
}
