import type { RevocationEntry, RevocationKind } from '../store/store.ts'
import type { Verified } from '../tokens/index.ts'
import { createIdMap, type IdMap } from './id-map.ts'

/** Why a token is no longer acceptable; `stale` means that a refresh mends it. */
export type Revoked = 'jti' | 'sid' | 'user' | 'not_before' | 'kid' | 'stale'

/** What a verifier holds of the revocation log: exact, in memory, one look per level. */
export interface RevocationIndex {
  /** A later entry may say less than an earlier one; the stricter of the two stays, as long as either lives. */
  add(entry: RevocationEntry): void
  /** `null` when no level refuses. Every level can refuse alone, none excuses another (sessions.md V1). */
  find(verified: Verified): Revoked | null
  /** Forgets what no unexpired token can meet any more; by and by, so that no request waits for it. */
  purge(now: number): void
  /** Another object whenever something was added: what it let pass in between, it would let pass again. */
  state(): object
  /** Entries, counting those that have run out and were not forgotten yet. */
  readonly size: number
}

export function createRevocationIndex(): RevocationIndex {
  const held: Readonly<Record<RevocationKind, IdMap>> = {
    jti: createIdMap(false),
    sid: createIdMap(false),
    user: createIdMap(true),
    claims: createIdMap(true),
    not_before_user: createIdMap(true),
    not_before: createIdMap(true),
    kid: createIdMap(false),
  }
  const maps = Object.values(held)
  let state: object | null = null

  return {
    add({ kind, id, value, until }) {
      state = null
      held[kind].raise(id, value ?? 0, until)
    },
    find({ claims: { jti, sid, sub, iss, iat = 0, uep = 0 }, header: { kid } }) {
      if (kid !== undefined && held.kid.find(kid) !== null) return 'kid'
      if (jti !== undefined && held.jti.find(jti) !== null) return 'jti'
      if (sid !== undefined && held.sid.find(sid) !== null) return 'sid'
      if (uep < (held.user.find(sub) ?? 0)) return 'user'
      // A token that does not say when it was issued was issued before everything.
      if (iat < (held.not_before_user.find(sub) ?? 0)) return 'not_before'
      if (iat < (held.not_before.find(iss) ?? 0)) return 'not_before'
      if (uep < (held.claims.find(sub) ?? 0)) return 'stale'
      return null
    },
    purge(now) {
      for (const map of maps) map.purge(now)
    },
    state() {
      state ??= {}
      return state
    },
    get size() {
      return maps.reduce((sum, { size }) => sum + size, 0)
    },
  }
}
