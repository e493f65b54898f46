import { setTimeout as sleep } from 'node:timers/promises'
import { createGuardedGet, type GuardedOptions } from '../base/guarded-get.ts'
import { isWorkers } from '../base/host.ts'
import type { RevocationEntry, RevocationKind, RevocationPage, RevocationSignal } from '../store/store.ts'
import type { RevocationSource } from './revocation-reader.ts'

export interface RemoteFeedOptions {
  /** Of the issuer's feed: https, or http on this machine. */
  readonly url: string
  /** What the issuer knows this service by. */
  readonly credential: string
}

/** An issuer's log of revocations over HTTP. */
export interface RemoteFeed extends RevocationSource {
  readonly signal: RevocationSignal
  close(): void
}

/** Entries that are asked for at once: parsing more would hold up the requests of this process. */
const PAGE = 2000
const LARGEST = 4 * 1024 * 1024
const DEADLINE = 5000
/** Seconds that the issuer may hold an ask back until there is news. */
const WAIT = 20
/** Milliseconds between two such asks when the first came to nothing. */
const PAUSE = 2000

/** @throws {TypeError} for a URL that must not be fetched, or an empty credential; on Workers */
export function remoteFeed({ url, credential }: RemoteFeedOptions, options: GuardedOptions = {}): RemoteFeed {
  if (isWorkers) {
    throw new TypeError('feed: nothing listens between requests on Workers; use createIntrospectingVerifier.')
  }
  if (typeof credential !== 'string' || !/^[\x21-\x7e]+$/.test(credential)) {
    throw new TypeError('feed.credential: expected the credential that the issuer gave this service.')
  }
  const get = createGuardedGet(url, 'feed.url', LARGEST, options)
  const headers = { authorization: `Bearer ${credential}` }

  async function ask(query: Readonly<Record<string, number>>, isHeld = false): Promise<RevocationPage> {
    const deadline = isHeld ? WAIT * 1000 + DEADLINE : DEADLINE
    const { body } = await get({ headers, query, deadline, background: isHeld })
    return pageOf(JSON.parse(Buffer.from(body).toString('utf8')))
  }

  /** Lets the issuer hold an ask back until there is news, over and over. */
  async function listen(onNews: () => void, isStopped: () => boolean): Promise<void> {
    let head = 0
    while (!isStopped()) {
      const asked = performance.now()
      try {
        const page = await ask({ after: head, limit: 1, wait: WAIT }, true)
        if (isStopped()) return
        if (page.head !== head) onNews()
        else if (performance.now() - asked < PAUSE) await sleep(PAUSE, undefined, { ref: false })
        head = page.head
      } catch {
        await sleep(PAUSE, undefined, { ref: false })
      }
    }
  }

  return {
    since: (cursor, limit) => ask({ after: cursor, limit: Math.min(limit, PAGE) }),
    signal: {
      async announce() {},
      async watch(onNews) {
        let stopped = false
        void listen(onNews, () => stopped)
        return async () => {
          stopped = true
        }
      },
    },
    close: get.close,
  }
}

/** What came is believed only in the form that we know: an entry that we cannot read may be the one that matters. */
function pageOf(value: unknown): RevocationPage {
  const { logId, head, anchor, entries, more, now } = (value ?? {}) as Partial<RevocationPage>
  const isPage = typeof logId === 'string' && isCount(head) && Array.isArray(entries) && isTime(now)
  if (!isPage || typeof more !== 'boolean' || anchor === undefined)
    throw new TypeError('feed: the answer is no page of revocations.')
  return {
    logId,
    head,
    anchor: anchor === null ? null : entryOf(anchor),
    entries: entries.map(entryOf),
    more,
    now,
  }
}

const KINDS: ReadonlySet<unknown> = new Set([
  'jti',
  'sid',
  'user',
  'claims',
  'not_before_user',
  'not_before',
  'kid',
] satisfies RevocationKind[])

function entryOf(value: unknown): RevocationEntry {
  const { seq, kind, id, value: limit, until } = (value ?? {}) as Partial<RevocationEntry>
  const hasForm = isCount(seq) && typeof id === 'string' && (limit === null || isTime(limit)) && isTime(until)
  if (!hasForm || !KINDS.has(kind)) throw new TypeError('feed: the answer has an entry of an unknown form.')
  return { seq, kind: kind as RevocationKind, id, value: limit, until }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
