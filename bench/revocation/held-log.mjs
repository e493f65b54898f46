import { randomFillSync } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

const HOUR = 3_600_000
/** Mostly sessions that were ended, some single tokens, some users of whom everything was. */
const KINDS = ['sid', 'sid', 'sid', 'sid', 'sid', 'sid', 'jti', 'jti', 'jti', 'user']

/** A revocation log with so many entries that nobody stores: each page is made when it is asked for. */
export function heldLog(count) {
  let last = null
  return {
    async since(cursor, limit) {
      await nextTurn()
      const many = Math.min(limit, count - cursor)
      const bytes = randomFillSync(Buffer.alloc(16 * Math.max(0, many)))
      const now = Date.now()
      const entries = Array.from({ length: Math.max(0, many) }, (_, at) => ({
        seq: cursor + at + 1,
        kind: KINDS[at % KINDS.length],
        id: bytes.toString('base64url', at * 16, at * 16 + 16),
        value: at % KINDS.length === KINDS.length - 1 ? 1 : null,
        until: now + HOUR,
      }))
      const anchor = last?.seq === cursor ? last : null
      last = entries.at(-1) ?? last
      return { logId: 'held', head: count, anchor, entries, more: cursor + many < count, now }
    },
  }
}
