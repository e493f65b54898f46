import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { RevocationEntry, RevocationSignal } from '../store/store.ts'
import type { Verified } from '../tokens/index.ts'
import { revokedToken } from './authenticate.ts'
import { createRevocationFeed, type FeedPolicy } from './revocation-feed.ts'
import { createRevocationIndex, type Revoked } from './revocation-index.ts'
import type { RevocationSource } from './revocation-reader.ts'

/** How the news of revocations stand at a door that holds them in memory: mode `synced` of sessions.md V5. */
export interface RevocationStatus {
  /** Milliseconds since the sending of the last ask that was answered; `null` before the first. */
  readonly age: number | null
  /** Milliseconds: with older news every token is refused, or let pass with `onStale: 'allow'`. */
  readonly maxStaleness: number
  readonly onStale: 'refuse' | 'allow'
  /** Revocations held at this moment. */
  readonly held: number
  /** Revocations heard of since the start. */
  readonly heard: number
}

/** Whether tokens were revoked, out of an index in memory that follows a log. */
export interface RevocationCheck {
  /** @throws {AuthError} `revoked_token`, `stale_claims`, `unavailable` */
  requireUnrevoked(verified: Verified, strict: boolean): MaybePromise<void>
  /** Resolves when everything that was committed before the call is in the index. */
  sync(): Promise<void>
  status(): RevocationStatus
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
  let heard = 0
  const feed = createRevocationFeed(source, signal, index, policy, (entry) => {
    heard += 1
    onEntry?.(entry)
  })
  const { requireCurrent, sync, stop, age, maxStaleness, onStale } = feed
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
    status: () => ({ age: age(), maxStaleness, onStale, held: index.size, heard }),
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
