import type { Clock } from '../base/clock.ts'
import { type Duration, millisecondsOf } from '../base/duration.ts'
import { AuthError } from '../base/errors.ts'
import { createGuardedGet, type GuardedOptions } from '../base/guarded-get.ts'
import { isWorkers, outliveRequest } from '../base/host.ts'
import { type Algorithm, createKeySet, type JoseHeader, jwksOf, type VerifyKey } from '../jwt/index.ts'
import { type Published, publishedIn } from './jwks-answer.ts'
import type { KeyRing } from './keyring.ts'

export interface RemoteKeyRingOptions extends GuardedOptions {
  /** Where the keys are, when not at `<issuer>/.well-known/jwks.json`: the `jwks_uri` of the issuer's metadata. */
  readonly jwksUri?: string
  /** For keys that do not name theirs. @default such RSA keys are not used */
  readonly algorithm?: Algorithm
  /** Fetches start at least so far apart, whoever wants them (K-05). @default '30s' */
  readonly coolDown?: Duration
  /** Milliseconds that only go forward. @default performance.now */
  readonly monotonic?: Clock
}

/** The keys of an issuer elsewhere. */
export interface RemoteKeyRing extends KeyRing {
  /** Resolves when keys are there; rejects with the reason why not. */
  ready(): Promise<void>
  /** Never believes that key again, whatever the issuer publishes. */
  forget(kid: string): void
  stop(): void
}

/** How long the last keys are good while no new ones can be had. */
const STALE = 3_600_000
/** Fetched anew at this part of its age, so that nobody has to wait for it. */
const EARLY = 0.8
const LARGEST = 256 * 1024

/** One answer. It takes the place of the one before as a whole: what is no longer in it is no longer believed (I-55). */
interface Fetched extends Published {
  readonly find: (header: JoseHeader) => readonly VerifyKey[]
  readonly at: number
}

/**
 * Verifies with what the issuer publishes: K-04 to K-07. Each ring asks one URL for one issuer, so a `kid` of one
 * never finds a key of another (K-06).
 *
 * @param issuer the URL that its tokens name as `iss`
 * @throws {TypeError} for a URL that must not be fetched
 */
export function remoteKeyRing(issuer: string, options: RemoteKeyRingOptions = {}): RemoteKeyRing {
  const { jwksUri, algorithm, monotonic = () => performance.now() } = options
  const coolDown = millisecondsOf(options.coolDown ?? '30s', 'coolDown')
  const url = jwksUri ?? `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json`
  const get = createGuardedGet(url, jwksUri === undefined ? 'issuer' : 'jwksUri', LARGEST, options)
  const revoked = new Set<string>()
  let held: Fetched | null = null
  let asked = Number.NEGATIVE_INFINITY
  let failure: unknown = null
  let fetching: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const age = (): number => (held === null ? Number.POSITIVE_INFINITY : monotonic() - held.at)

  async function fetchNow(): Promise<void> {
    const at = monotonic()
    asked = at
    try {
      const { keys, maxAge } = publishedIn(await get(), algorithm)
      held = { ...usableKeys(keys, revoked), at, maxAge }
      failure = null
    } catch (cause) {
      failure = cause
    }
  }

  /** Resolves when a fetch that may be made has been made; one at a time, and not too often. */
  function refetch(): Promise<void> {
    if (fetching === null && monotonic() - asked < coolDown) return Promise.resolve()
    if (fetching !== null) return fetching
    fetching = fetchNow().finally(() => {
      fetching = null
    })
    outliveRequest(fetching)
    return fetching
  }

  function schedule(): void {
    clearTimeout(timer)
    if (stopped) return
    const due = held !== null && failure === null ? held.maxAge * EARLY : coolDown
    timer = setTimeout(() => void refetch().then(schedule), due)
    timer.unref()
  }

  /** What may be used now; waits only where there is nothing, or nothing that still counts. */
  function current(): Fetched | Promise<Fetched> {
    const old = age()
    if (held !== null && old < held.maxAge * EARLY) return held
    // The endpoint may be known to be down: the last keys go on then, for a while.
    if (held !== null && old < (failure === null ? held.maxAge : STALE)) {
      void refetch()
      return held
    }
    return refetch().then(() => {
      if (held !== null && age() < (failure === null ? held.maxAge : STALE)) return held
      throw new AuthError('unavailable', 'The keys of the issuer cannot be fetched at the moment.', {
        retryAfter: Math.max(1, Math.ceil((asked + coolDown - monotonic()) / 1000)),
        reason: 'jwks',
        cause: failure,
      })
    })
  }

  function find(fetched: Fetched, header: JoseHeader): readonly VerifyKey[] | Promise<readonly VerifyKey[]> {
    const found = fetched.find(header)
    if (found.length > 0 || (header.kid !== undefined && revoked.has(header.kid))) return found
    if (fetching === null && monotonic() - asked < coolDown) return found
    return refetch().then(() => held?.find(header) ?? found)
  }

  // On Workers only requests may ask: the first one does, and those that come when the keys get old.
  if (!isWorkers) void refetch().then(schedule)
  return {
    signingKey() {
      throw new TypeError('The keys of another issuer only verify; they cannot sign.')
    },
    verifyingKeys({ header }) {
      const now = current()
      return now instanceof Promise ? now.then((fetched) => find(fetched, header)) : find(now, header)
    },
    async jwks() {
      return jwksOf((await current()).keys)
    },
    async ready() {
      await current()
    },
    forget(kid) {
      revoked.add(kid)
      if (held !== null) held = { ...held, ...usableKeys(held.keys, revoked) }
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      get.close()
    },
  }
}

function usableKeys(all: readonly VerifyKey[], revoked: ReadonlySet<string>): Pick<Fetched, 'keys' | 'find'> {
  const keys = all.filter(({ kid }) => kid === null || !revoked.has(kid))
  return { keys, find: keys.length === 0 ? () => [] : createKeySet(keys).find }
}
