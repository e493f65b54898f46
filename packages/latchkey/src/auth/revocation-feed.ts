import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import type { RevocationEntry, RevocationPage, RevocationSignal } from '../store/store.ts'
import type { RevocationIndex } from './revocation-index.ts'

/** Where the log is read: a store of one's own, or an issuer's feed over HTTP. */
export interface RevocationSource {
  since(cursor: number, limit: number): Promise<RevocationPage>
}

export interface FeedPolicy {
  /** Milliseconds without news after which every token is refused with 503. @default 30000 */
  readonly maxStaleness?: number
  /** What happens then: `refuse`, or `allow` for whom an outage is worse than a late log-out. @default 'refuse' */
  readonly onStale?: 'refuse' | 'allow'
}

/** Keeps an index as young as the log. */
export interface RevocationFeed {
  /** Resolves when everything that was committed before the call is in the index. */
  sync(): Promise<void>
  /**
   * Throws unless the index is young enough to judge by; waits for the first snapshot.
   *
   * @throws {AuthError} `unavailable`
   */
  requireCurrent(strict: boolean): MaybePromise<void>
  /** Milliseconds since the sending of the last ask that was answered; `null` before the first. */
  age(): number | null
  stop(): Promise<void>
}

const PAGE = 10_000
const POLL = 2000
/** News are asked for at most 20 times a second (V6). */
const PAUSE = 50
/** Routes marked strict refuse from here on (V8). */
const STRICT = 5000

export function createRevocationFeed(
  source: RevocationSource,
  signal: RevocationSignal | null,
  index: RevocationIndex,
  policy: FeedPolicy = {},
  onEntry: (entry: RevocationEntry) => void = () => {},
): RevocationFeed {
  const { maxStaleness = 30_000, onStale = 'refuse' } = policy
  const reader = createReader(source, index, onEntry)
  const sync = singleFlight(reader.pull)
  const hasSnapshot = sync()
  hasSnapshot.catch(() => {}) // requireCurrent reports it to whoever asks
  const poll = setInterval(() => void sync().catch(() => {}), POLL)
  poll.unref()
  const watching = signal?.watch(coalesce(() => void sync().catch(() => {})))
  watching?.catch(() => {}) // push is a hint; polling goes on without it

  const requireYoung = (strict: boolean): void => {
    const age = reader.age() ?? Number.POSITIVE_INFINITY
    if (age <= (strict ? STRICT : maxStaleness)) return
    if (!strict && onStale === 'allow' && reader.age() !== null) return
    throw new AuthError('unavailable', 'Revocations cannot be looked up at the moment.', {
      retryAfter: 1,
      reason: 'revocations_stale',
    })
  }
  return {
    sync,
    age: reader.age,
    requireCurrent(strict) {
      if (reader.age() !== null) return requireYoung(strict)
      return sync().then(
        () => requireYoung(strict),
        () => requireYoung(strict),
      )
    },
    async stop() {
      clearInterval(poll)
      const unwatch = await watching?.catch(() => undefined)
      await unwatch?.()
    },
  }
}

/** Reads on from where it stopped. The answer describes the log no earlier than the ask was sent. */
function createReader(
  source: RevocationSource,
  index: RevocationIndex,
  onEntry: (entry: RevocationEntry) => void,
): { pull(): Promise<void>; age(): number | null } {
  let cursor = 0
  let logId: string | null = null
  let answered: number | null = null

  async function pull(): Promise<void> {
    for (;;) {
      const asked = performance.now()
      const page = await source.since(cursor, PAGE)
      if (logId !== null && (page.logId !== logId || page.head < cursor)) {
        // Another log stands where ours was (a restored database): read it whole, and keep what we had. A revocation
        // is never taken back by going back in time.
        logId = page.logId
        cursor = 0
        continue
      }
      logId = page.logId
      for (const entry of page.entries) {
        index.add(entry)
        onEntry(entry)
      }
      cursor = page.more ? (page.entries.at(-1)?.seq ?? page.head) : page.head
      if (page.more) continue
      index.purge(page.now)
      answered = asked
      return
    }
  }
  return { pull, age: () => (answered === null ? null : performance.now() - answered) }
}

/** One run at a time; who asks during a run gets the next one, because this one may have read too early. */
function singleFlight(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        return start()
      })
    return next
  }
}

function coalesce(act: () => void): () => void {
  let timer: NodeJS.Timeout | null = null
  let last = Number.NEGATIVE_INFINITY
  return () => {
    if (timer) return
    const wait = Math.max(0, last + PAUSE - performance.now())
    timer = setTimeout(() => {
      timer = null
      last = performance.now()
      act()
    }, wait)
    timer.unref()
  }
}
