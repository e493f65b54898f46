import type { StoredKey } from '../store/store.ts'

/** How long a key stays in each state, in milliseconds (sessions.md section 8). */
export interface KeyTimes {
  /** Published before it signs: longer than verifiers keep the old set. @default 330 s */
  readonly announced: number
  /** Signs. @default 30 d */
  readonly active: number
  /** Still verifies access tokens: at least their life and the tolerance. @default 15 min */
  readonly retiring: number
  /** Still verifies refresh tokens: the absolute life of a session. @default 30 d */
  readonly refreshOnly: number
}

/**
 * What has to be done to a ring at `now`: the ring after it, or `null` when nothing is due. Pure and idempotent, so
 * that any node may do it, and a crash at any point is mended by the next run.
 *
 * @param fresh makes a new key in a state; called at most twice
 * @param force promote the standby now, however young it is
 */
export function nextRing(
  keys: readonly StoredKey[],
  now: number,
  times: KeyTimes,
  fresh: (state: 'announced' | 'active') => StoredKey,
  force = false,
): readonly StoredKey[] | null {
  const aged = keys.flatMap((key) => age(key, now, times))
  const promoted = promote(aged, now, times, force)
  const signing = promoted.some(isActive) ? promoted : [...promoted, fresh('active')]
  const next = signing.some(isAnnounced) ? signing : [...signing, fresh('announced')]
  return next.length === keys.length && next.every((key, i) => key === keys[i]) ? null : next
}

const isActive = ({ state }: StoredKey): boolean => state === 'active'
const isAnnounced = ({ state }: StoredKey): boolean => state === 'announced'

function age(key: StoredKey, now: number, times: KeyTimes): readonly StoredKey[] {
  const elapsed = now - key.since
  if (key.state === 'retiring' && elapsed >= times.retiring)
    return [{ ...key, state: 'refresh_only', since: now }]
  if (key.state === 'refresh_only' && elapsed >= times.refreshOnly) return []
  return [key]
}

/** The standby signs from now on; the private half of the key before it is destroyed. */
function promote(
  keys: readonly StoredKey[],
  now: number,
  times: KeyTimes,
  force: boolean,
): readonly StoredKey[] {
  const active = keys.find(isActive)
  const standby = keys.find((key) => isAnnounced(key) && (force || now - key.since >= times.announced))
  const due = force || !active || now - active.since >= times.active
  if (!standby || !due) return keys
  return keys.map((key) => {
    if (key === standby) return { ...key, state: 'active' as const, since: now }
    return key === active ? { ...key, state: 'retiring' as const, since: now, sealed: null } : key
  })
}

/** The ring without a key that must not be believed any more; the standby takes its place at once. */
export function ringWithout(
  kid: string,
  keys: readonly StoredKey[],
  now: number,
  times: KeyTimes,
  fresh: (state: 'announced' | 'active') => StoredKey,
): readonly StoredKey[] {
  const left = keys.filter((key) => key.kid !== kid)
  const standby = left.some(isActive) ? undefined : left.find(isAnnounced)
  const promoted = left.map((key) =>
    key === standby ? { ...key, state: 'active' as const, since: now } : key,
  )
  return nextRing(promoted, now, times, fresh) ?? promoted
}
