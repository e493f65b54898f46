import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RevocationEntry, RevocationPage } from '../store/store.ts'

/** Where the log is read: a store of one's own, or an issuer's feed over HTTP. */
export interface RevocationSource {
  since(cursor: number, limit: number): Promise<RevocationPage>
}

/** Reads a log on from where it stopped. */
export interface RevocationReader {
  /** Reads to the end. Rejects when the source does not answer; what was read stays read. */
  pull(): Promise<void>
  /** Milliseconds since the sending of the last ask that was answered; `null` before the first. */
  age(): number | null
}

/** What a reader does with what it reads. */
export interface RevocationSink {
  add(entry: RevocationEntry): void
  /** Everything up to here was read. */
  upTo(now: number): void
  /** Another log stands where ours was: a restored database. */
  logChanged(): void
}

/** Entries that are read and taken in between two turns of the event loop: a few milliseconds. */
const PAGE = 2000
/** Milliseconds: an ask without an answer must not keep the next one from being sent (RV-05). */
const DEADLINE = 4000
/** Two databases behind one address would have us read for ever. */
const MOST_STARTS = 2

export function createRevocationReader(source: RevocationSource, sink: RevocationSink): RevocationReader {
  let cursor = 0
  /** The entry at the cursor, where it is known. */
  let anchor: RevocationEntry | null = null
  let logId: string | null = null
  let answered: number | null = null
  let startedOver = 0

  /** Takes a page in; answers whether more must be read. */
  function take(page: RevocationPage): boolean {
    const verdict = verdictOn(page)
    logId = page.logId
    if (verdict !== 'ours') {
      // Read it whole, and keep what we had: a revocation is never taken back by going back in time (RV-16).
      cursor = 0
      anchor = null
      startedOver += 1
      if (verdict === 'changed') sink.logChanged()
      return true
    }
    const last = page.entries.at(-1) ?? page.anchor
    if (page.more && page.entries.length === 0) throw new Error('The revocation log has more and shows none.')
    for (const entry of page.entries) sink.add(entry)
    cursor = page.more && last !== null ? last.seq : page.head
    anchor = last?.seq === cursor ? last : null
    return page.more
  }

  /**
   * Whether a page goes on from where we stopped. A database that lost its last entries and wrote as many others has
   * reached our cursor again, and we would skip them: so the entry that was read last must still be there. Where it ran
   * out and was forgotten, nobody can tell.
   */
  function verdictOn(page: RevocationPage): 'ours' | 'changed' | 'unknown' {
    if (logId === null) return 'ours'
    if (page.logId !== logId || page.head < cursor) return 'changed'
    if (anchor === null || isSame(anchor, page.anchor)) return 'ours'
    return page.anchor === null && anchor.until <= page.now ? 'unknown' : 'changed'
  }

  return {
    async pull() {
      const before = startedOver
      while (startedOver - before <= MOST_STARTS) {
        // The answer describes the log no earlier than the ask was sent (V8).
        const asked = performance.now()
        const page = await inTime(source.since(cursor, PAGE))
        if (take(page)) {
          // A store in the process answers at once: others would wait until a long log is read to its end.
          if (page.entries.length === PAGE) await nextTurn()
          continue
        }
        sink.upTo(page.now)
        answered = asked
        return
      }
      throw new Error('The revocation log is another one at every look.')
    },
    age: () => (answered === null ? null : performance.now() - answered),
  }
}

const isSame = (one: RevocationEntry, other: RevocationEntry | null): boolean =>
  other !== null &&
  one.seq === other.seq &&
  one.kind === other.kind &&
  one.id === other.id &&
  one.value === other.value &&
  one.until === other.until

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The revocation log did not answer within ${DEADLINE} ms.`)),
      DEADLINE,
    )
    timer.unref()
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
