import type { RevocationEntry } from '../store/store.ts'
import type { Verified } from '../tokens/index.ts'

/** Why a token is no longer acceptable; `stale` means that a refresh mends it. */
export type Revoked = 'jti' | 'sid' | 'user' | 'not_before' | 'kid' | 'stale'

/** What a verifier holds of the revocation log: exact, in memory, one look per level. */
export interface RevocationIndex {
  add(entry: RevocationEntry): void
  /** `null` when no level refuses. Every level can refuse alone, none excuses another (sessions.md V1). */
  find(verified: Verified): Revoked | null
  /** Forgets what no unexpired token can meet any more. */
  purge(now: number): void
  readonly size: number
}

interface Held {
  readonly value: number
  readonly until: number
}

export function createRevocationIndex(): RevocationIndex {
  const held: Record<RevocationEntry['kind'], Map<string, Held>> = {
    jti: new Map(),
    sid: new Map(),
    user: new Map(),
    claims: new Map(),
    not_before_user: new Map(),
    not_before: new Map(),
    kid: new Map(),
  }
  const maps = Object.values(held)

  return {
    add({ kind, id, value, until }) {
      const before = held[kind].get(id)
      // A later entry may say less than an earlier one; the stricter of the two stays, as long as either lives.
      held[kind].set(id, {
        value: Math.max(value ?? 0, before?.value ?? 0),
        until: Math.max(until, before?.until ?? 0),
      })
    },
    find({ claims: { jti, sid, sub, iss, iat, uep = 0 }, header: { kid } }) {
      if (kid !== undefined && held.kid.has(kid)) return 'kid'
      if (held.jti.has(jti)) return 'jti'
      if (sid !== undefined && held.sid.has(sid)) return 'sid'
      if (uep < (held.user.get(sub)?.value ?? 0)) return 'user'
      if (isBefore(iat, held.not_before_user.get(sub)) || isBefore(iat, held.not_before.get(iss)))
        return 'not_before'
      if (uep < (held.claims.get(sub)?.value ?? 0)) return 'stale'
      return null
    },
    purge(now) {
      for (const map of maps) for (const [id, { until }] of map) if (until <= now) map.delete(id)
    },
    get size() {
      return maps.reduce((sum, map) => sum + map.size, 0)
    },
  }
}

/** A token that does not say when it was issued was issued before everything. */
function isBefore(iat: number | undefined, limit: Held | undefined): boolean {
  return limit !== undefined && (iat ?? 0) < limit.value
}
