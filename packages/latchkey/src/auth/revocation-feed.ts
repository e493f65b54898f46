import type { MaybePromise } from '../base/chain.ts'
import { type Duration, millisecondsOf } from '../base/duration.ts'
import { AuthError } from '../base/errors.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import type { RevocationEntry, RevocationSignal } from '../store/store.ts'
import type { RevocationIndex } from './revocation-index.ts'
import { createRevocationReader, type RevocationSource } from './revocation-reader.ts'

/**
 * What happens to the news: older than 5 s, young again, another log in the place of ours, a token let pass that
 * could not be looked up.
 */
export type FeedReport = 'stale' | 'current' | 'log_changed' | 'let_through'

export interface FeedPolicy {
  /** Without news for so long, every token is refused with 503. @default '30s' */
  readonly maxStaleness?: Duration
  /** What happens then: `refuse`, or `allow` for whom an outage is worse than a late log-out. @default 'refuse' */
  readonly onStale?: 'refuse' | 'allow'
  /** For logs and metrics. @default a warning of the process for `stale` and `log_changed` */
  readonly report?: (what: FeedReport) => void
}

const POLICY: NamesOf<FeedPolicy> = { maxStaleness: true, onStale: true, report: true }

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
  /** Milliseconds without news after which tokens are refused, or let pass with `onStale: 'allow'`. */
  readonly maxStaleness: number
  readonly onStale: 'refuse' | 'allow'
  stop(): Promise<void>
}

const POLL = 2000
/** News are asked for at most 20 times a second (V6). */
const PAUSE = 50
/** Milliseconds: from here on there is a warning, and routes marked strict refuse (V8). */
const STALE = 5000

/** @throws {TypeError} for a policy that cannot work */
export function createRevocationFeed(
  source: RevocationSource,
  signal: RevocationSignal | null,
  index: RevocationIndex,
  policy: FeedPolicy = {},
  onEntry: (entry: RevocationEntry) => void = () => {},
): RevocationFeed {
  requireKnownNames(policy, POLICY, 'revocation')
  const { onStale = 'refuse', report = warn } = policy
  const maxStaleness = millisecondsOf(policy.maxStaleness ?? '30s', 'revocation.maxStaleness')
  const { pull, age } = createRevocationReader(source, {
    add(entry) {
      index.add(entry)
      onEntry(entry)
    },
    upTo: index.purge,
    logChanged: () => report('log_changed'),
  })
  const sync = singleFlight(pull)
  const ask = (): void => void sync().catch(() => {}) // requireCurrent reports it to whoever depends on it
  const watchAge = createAgeWatch(age, report)
  ask()
  const poll = setInterval(() => {
    watchAge()
    ask()
  }, POLL)
  poll.unref()
  const watching = signal?.watch(coalesce(ask))
  watching?.catch(() => {}) // push is a hint; polling goes on without it

  function requireYoung(old: number | null, strict: boolean): void {
    if (old !== null && old <= (strict ? STALE : maxStaleness)) return
    if (old === null || strict || onStale !== 'allow') {
      throw new AuthError('unavailable', 'Revocations cannot be looked up at the moment.', {
        retryAfter: 1,
        reason: 'revocations_stale',
      })
    }
    report('let_through')
  }
  return {
    sync,
    age,
    maxStaleness,
    onStale,
    requireCurrent(strict) {
      const old = age()
      if (old !== null) return requireYoung(old, strict)
      const judge = (): void => requireYoung(age(), strict)
      return sync().then(judge, judge)
    },
    async stop() {
      clearInterval(poll)
      const unwatch = await watching?.catch(() => undefined)
      await unwatch?.()
    },
  }
}

/** Reports once when the news get old, and once when they are young again. */
function createAgeWatch(age: () => number | null, report: (what: FeedReport) => void): () => void {
  let wasStale = false
  return () => {
    const isStale = (age() ?? 0) > STALE
    if (isStale !== wasStale) report(isStale ? 'stale' : 'current')
    wasStale = isStale
  }
}

function warn(what: FeedReport): void {
  if (what === 'stale') process.emitWarning('Revocations have not been heard of for 5 s.', 'LatchkeyWarning')
  if (what === 'log_changed') {
    process.emitWarning('The revocation log was replaced, as by a restored backup.', 'LatchkeyWarning')
  }
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
