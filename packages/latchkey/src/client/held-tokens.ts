import type { Clock } from '../base/clock.ts'
import type { TokenBody } from '../http/wire.ts'

/** `localStorage`, `sessionStorage`, or anything of their shape. */
export interface TokenStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** `'due'`: still good, time for another. `'spent'`: of no use any more. */
export type Freshness = 'good' | 'due' | 'spent'

/** What one tab holds. Where cookies carry the tokens it holds none, and knows at most when they expire. */
export interface HeldTokens {
  /** Rises with each pair: whoever remembers it can tell that a newer one came. */
  readonly version: number
  /** In memory only. */
  readonly access: string | null
  /** As it is now: another tab may have put a newer one into the storage. */
  refresh(): string | null
  freshness(): Freshness
  hold(pair: TokenBody): void
  drop(): void
}

/** The client does not fetch for it: only who fetches anyway finds a token due. Not all tabs at one moment. */
const DUE_AFTER = 0.75
const DUE_SPREAD = 0.05

/** @param storage where the refresh token survives a reload; `null` for nowhere */
export function holdTokens(storage: TokenStorage | null, key: string, clock: Clock): HeldTokens {
  const kept = keepRefreshToken(storage, key)
  let access: string | null = null
  let version = 0
  let due = Number.POSITIVE_INFINITY
  let end = Number.POSITIVE_INFINITY
  return {
    get version() {
      return version
    },
    get access() {
      return access
    },
    refresh: kept.get,
    freshness() {
      const now = clock()
      if (now >= end || (access === null && kept.get() !== null)) return 'spent'
      return now >= due ? 'due' : 'good'
    },
    hold(pair) {
      const life = pair.expires_in * 1000
      access = pair.access_token ?? null
      kept.set(pair.refresh_token ?? null)
      due = clock() + life * (DUE_AFTER + DUE_SPREAD * fraction())
      end = clock() + life
      version++
    },
    drop() {
      access = null
      kept.set(null)
      due = end = Number.POSITIVE_INFINITY
    },
  }
}

interface Kept {
  get(): string | null
  set(token: string | null): void
}

function keepRefreshToken(storage: TokenStorage | null, key: string): Kept {
  let own: string | null = null
  let isStored = storage !== null
  return {
    get: () => (isStored && storage ? storage.getItem(key) : own),
    set(token) {
      own = token
      if (storage) isStored = store(storage, key, token)
    },
  }
}

/** @returns whether the storage tells the truth: a full one must not bring a superseded token back */
function store(storage: TokenStorage, key: string, token: string | null): boolean {
  try {
    if (token === null) storage.removeItem(key)
    else storage.setItem(key, token)
    return true
  } catch {
    storage.removeItem(key)
    return false
  }
}

/** From 0 to below 1. Of the system's generator like everything here, though nothing hangs on it. */
function fraction(): number {
  const [word] = crypto.getRandomValues(new Uint32Array(1))
  return (word as number) / 2 ** 32
}
