import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { RevocationEntry, Store } from '../store/store.ts'
import type { Verified } from '../tokens/index.ts'
import { revokedToken } from './authenticate.ts'
import type { Requirement } from './principal.ts'
import { createRevocationCheck, type RevocationStatus, staleClaims } from './revocation-check.ts'
import type { FeedPolicy } from './revocation-feed.ts'
import { judgePresented } from './rotation.ts'

export interface RevocationOptions {
  /** How old revocation news may be, and what happens beyond. */
  readonly revocation?: FeedPolicy
}

/** Whether verified tokens are still good: the second half of authenticating, where something is remembered. */
export interface Liveness {
  requireLive(verified: Verified, requirement: Requirement): MaybePromise<void>
  /** Resolves when this process refuses what was revoked before the call, and others have been told to look. */
  felt(): Promise<void>
  ready(): Promise<void>
  /** Calls back with the subject whose account or sessions changed. */
  onChange(listen: (sub: string) => void): void
  status(): RevocationStatus
  stop(): Promise<void>
}

/**
 * @param grace milliseconds, for refresh tokens that a route asks for
 * @param onKeyRevoked called with the id of a key that must not be believed any more
 */
export function createLiveness(
  { store, revocation }: RevocationOptions & { readonly store: Store },
  grace: number,
  onKeyRevoked: (kid: string) => void,
): Liveness {
  const listeners: ((sub: string) => void)[] = []
  const heard = ({ kind, id }: RevocationEntry): void => {
    if (kind === 'kid') onKeyRevoked(id)
    if (kind === 'user' || kind === 'claims' || kind === 'not_before_user')
      for (const listen of listeners) listen(id)
  }
  const check = createRevocationCheck(store.revocations, store.signal, revocation, heard)

  /** V9: by what is written now, of the session and of the token itself; the index alone may be seconds old. */
  async function requireLiveNow(verified: Verified, strict: boolean): Promise<void> {
    await Promise.all([check.sync().catch(refuseBlind), requireLiveRow(store, verified)])
    await check.requireUnrevoked(verified, strict)
  }

  return {
    requireLive(verified, { strict = false, direct = false, refresh = false }) {
      // A refresh token's truth is its row; so is everything where the route asks the store itself (V9).
      if (refresh || verified.claims.gen !== undefined) return requireLiveRefresh(store, verified, grace)
      if (!direct) return check.requireUnrevoked(verified, strict)
      return requireLiveNow(verified, strict)
    },
    async felt() {
      // The change is durable already: whatever fails here, the answer stays yes, and polling makes up for it.
      await check.sync().catch(() => {})
      store.signal.announce().catch(() => {})
    },
    ready: check.sync,
    onChange: (listen) => void listeners.push(listen),
    status: check.status,
    stop: check.stop,
  }
}

/** Who cannot look does not know. */
function refuseBlind(cause: unknown): never {
  if (cause instanceof AuthError) throw cause
  throw new AuthError('unavailable', 'Revocations cannot be looked up at the moment.', {
    retryAfter: 1,
    reason: 'revocations_unread',
    cause,
  })
}

async function requireLiveRow(store: Store, { claims: { sid, sub, uep = 0 } }: Verified): Promise<void> {
  if (sid === undefined) return
  const found = await store.sessions.find(sid)
  const isLive =
    found !== null &&
    found.session.userId === sub &&
    found.session.endedAt === null &&
    found.now < found.session.expiresAt &&
    found.session.epoch === found.epoch
  if (!isLive) throw revokedToken('session')
  // The session moved on to new claims, and the token was minted before them.
  if (uep < found.epoch) throw staleClaims()
}

/** Never rotates: it looks whether the token would be answered. */
async function requireLiveRefresh(store: Store, { claims }: Verified, grace: number): Promise<void> {
  const { sid, gen, sub } = claims
  if (sid === undefined || gen === undefined) throw revokedToken('form')
  const verdict = judgePresented(await store.sessions.find(sid), { sub, gen }, grace)
  if (verdict !== 'answer' && verdict !== 'raced' && verdict !== 'ahead') throw revokedToken('session')
}
