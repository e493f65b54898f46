import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRevocationCheck, type RevocationCheck } from '../../src/auth/revocation-check.ts'
import type { FeedPolicy, FeedReport } from '../../src/auth/revocation-feed.ts'
import type { RevocationEntry, RevocationPage, RevocationSignal } from '../../src/store/store.ts'
import type { Verified } from '../../src/tokens/index.ts'
import { codeOf } from './code-of.ts'

const verified = (sid: string): Verified =>
  ({
    claims: { sub: '1', jti: 'j', sid, iss: 'i', iat: 1, uep: 0 },
    header: { alg: 'EdDSA' },
  }) as unknown as Verified

/** A log that can be cut off, replaced and looked at. */
function createLog() {
  let entries: RevocationEntry[] = []
  let logId = 'log-1'
  let link: 'up' | 'failing' | 'blackholed' = 'up'
  const asks: number[] = []
  const listeners = new Set<() => void>()
  const page = (cursor: number, limit: number): RevocationPage => {
    const after = entries.filter(({ seq }) => seq > cursor)
    const head = entries.at(-1)?.seq ?? 0
    const anchor = entries.find(({ seq }) => seq === cursor) ?? null
    return {
      logId,
      head,
      anchor,
      entries: after.slice(0, limit),
      more: after.length > limit,
      now: Date.now(),
    }
  }
  const signal: RevocationSignal = {
    async announce() {
      for (const onNews of listeners) onNews()
    },
    async watch(onNews) {
      listeners.add(onNews)
      return async () => void listeners.delete(onNews)
    },
  }
  return {
    signal,
    asks,
    listeners,
    async since(cursor: number, limit: number): Promise<RevocationPage> {
      asks.push(cursor)
      if (link === 'failing') throw new Error('connection refused')
      if (link === 'blackholed') return new Promise(() => {})
      return page(cursor, limit)
    },
    revoke(sid: string, until = Date.now() + 600_000) {
      entries.push({ seq: (entries.at(-1)?.seq ?? 0) + 1, kind: 'sid', id: sid, value: null, until })
    },
    revokeMany(count: number) {
      for (let n = 0; n < count; n++) this.revoke(`many-${n}`)
    },
    cut(how: 'failing' | 'blackholed') {
      link = how
    },
    mend() {
      link = 'up'
    },
    /** Forgets what has run out, but never the newest. */
    purge() {
      entries = entries.filter(({ until }, at) => until > Date.now() || at === entries.length - 1)
    },
    /** A backup that knows only the first so many entries. */
    restore(keep: number, id: string) {
      entries = entries.slice(0, keep)
      logId = id
    },
  }
}

describe('following the revocation log', () => {
  let log: ReturnType<typeof createLog>
  let reports: FeedReport[]
  const checks: RevocationCheck[] = []

  const follow = (policy: FeedPolicy = {}, signal: RevocationSignal | null = log.signal): RevocationCheck => {
    const check = createRevocationCheck(log, signal, { report: (what) => void reports.push(what), ...policy })
    checks.push(check)
    return check
  }
  const verdict = (check: RevocationCheck, sid: string, strict = false): Promise<string> =>
    codeOf(() => check.requireUnrevoked(verified(sid), strict))

  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    })
    log = createLog()
    reports = []
  })
  afterEach(async () => {
    await Promise.all(checks.splice(0).map((check) => check.stop()))
    vi.useRealTimers()
  })

  it('refuses what was revoked before it started and what is revoked while it runs', async () => {
    log.revoke('before')
    const check = follow()
    await check.sync()
    expect(await verdict(check, 'before')).toBe('revoked_token')
    expect(await verdict(check, 'later')).toBe('accepted')
    log.revoke('later')
    await vi.advanceTimersByTimeAsync(2000)
    expect(await verdict(check, 'later')).toBe('revoked_token')
  })

  it('judges without a promise while its news are young', async () => {
    const check = follow()
    await check.sync()
    expect(check.requireUnrevoked(verified('a'), true)).toBeUndefined()
  })

  it('V6: looks at once when it is told of news, and at most 20 times a second', async () => {
    const check = follow()
    await check.sync()
    const before = log.asks.length
    log.revoke('a')
    await log.signal.announce()
    await vi.advanceTimersByTimeAsync(0)
    expect(await verdict(check, 'a')).toBe('revoked_token')
    for (let n = 0; n < 1000; n++) {
      await log.signal.announce()
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(log.asks.length - before).toBeLessThanOrEqual(22)
  })

  it('V6: reads a long log page by page, and is ready only when it has read it all', async () => {
    log.revokeMany(25_000)
    log.revoke('last')
    const check = follow()
    expect(await verdict(check, 'last')).toBe('revoked_token')
    expect(log.asks.slice(0, 3)).toEqual([0, 2000, 4000])
  })

  it('lets others have their turn between the pages of a long log', async () => {
    log.revokeMany(25_000)
    const check = follow()
    let turns = 0
    let isReading = true
    const others = (async () => {
      for (; isReading; turns++) await nextTurn()
    })()
    await check.sync()
    isReading = false
    await others
    expect(turns).toBeGreaterThanOrEqual(12)
  })

  it('asks once for many who wait, and again for those who came while it was asking', async () => {
    const check = follow()
    const first = check.sync()
    log.revoke('a')
    await Promise.all(Array.from({ length: 50 }, () => check.sync()))
    await first
    expect(log.asks.length).toBeLessThanOrEqual(3)
    expect(await verdict(check, 'a')).toBe('revoked_token')
  })

  it.each(['failing', 'blackholed'] as const)(
    'RV-06: is not ready while the log is %s, and lets nothing through',
    async (how) => {
      log.cut(how)
      const check = follow({ onStale: 'allow' })
      const waiting = verdict(check, 'a')
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await waiting).toBe('unavailable')
      const ready = check.sync()
      ready.catch(() => {})
      await vi.advanceTimersByTimeAsync(10_000)
      await expect(ready).rejects.toThrow()
      log.mend()
      await vi.advanceTimersByTimeAsync(5000)
      expect(await verdict(check, 'a')).toBe('accepted')
    },
  )

  it.each(['failing', 'blackholed'] as const)(
    'RV-05, V8: with a log that is %s for 60 s, strict routes refuse after 5 s, all after 30 s, none 5 s after it is back',
    async (how) => {
      const check = follow()
      await check.sync()
      log.cut(how)
      log.revoke('a')
      const seen: Record<'normal' | 'strict', string[]> = { normal: [], strict: [] }
      for (let second = 1; second <= 60; second++) {
        await vi.advanceTimersByTimeAsync(1000)
        seen.normal.push(await verdict(check, 'b'))
        seen.strict.push(await verdict(check, 'b', true))
      }
      const firstRefusal = (list: string[]) => list.indexOf('unavailable') + 1
      expect(firstRefusal(seen.strict)).toBeGreaterThanOrEqual(4)
      expect(firstRefusal(seen.strict)).toBeLessThanOrEqual(6)
      expect(firstRefusal(seen.normal)).toBeGreaterThanOrEqual(29)
      expect(firstRefusal(seen.normal)).toBeLessThanOrEqual(31)
      for (const list of Object.values(seen)) {
        expect(new Set(list.slice(firstRefusal(list) - 1))).toEqual(new Set(['unavailable']))
      }
      expect(reports).toEqual(['stale'])
      log.mend()
      await vi.advanceTimersByTimeAsync(5000)
      expect(await verdict(check, 'b', true)).toBe('accepted')
      expect(await verdict(check, 'a')).toBe('revoked_token')
      await vi.advanceTimersByTimeAsync(2000)
      expect(reports).toEqual(['stale', 'current'])
    },
  )

  it('V8: lets pass what it cannot look up only where it was told to, counts it, and never on strict routes', async () => {
    const check = follow({ onStale: 'allow', maxStaleness: '10s' })
    log.revoke('known')
    await check.sync()
    log.cut('failing')
    await vi.advanceTimersByTimeAsync(11_000)
    expect(await verdict(check, 'unknown')).toBe('accepted')
    expect(await verdict(check, 'unknown')).toBe('accepted')
    expect(reports.filter((what) => what === 'let_through')).toHaveLength(2)
    expect(await verdict(check, 'known')).toBe('revoked_token')
    expect(await verdict(check, 'unknown', true)).toBe('unavailable')
  })

  it('V8: counts its age from the sending of the ask, not from the answer', async () => {
    const check = follow()
    await check.sync()
    let answer = (_: RevocationPage): void => {}
    vi.spyOn(log, 'since').mockImplementation(
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    const asked = check.sync()
    await vi.advanceTimersByTimeAsync(3900)
    answer({ logId: 'log-1', head: 0, anchor: null, entries: [], more: false, now: Date.now() })
    await asked
    vi.mocked(log.since).mockRejectedValue(new Error('gone'))
    await vi.advanceTimersByTimeAsync(1500)
    expect(await verdict(check, 'a', true)).toBe('unavailable')
  })

  it('RV-16: keeps what it had when the database is set back, reads the new log whole, and says so', async () => {
    for (const sid of ['a', 'b', 'c']) log.revoke(sid)
    const check = follow()
    await check.sync()
    log.restore(1, 'log-2')
    log.revoke('d')
    await vi.advanceTimersByTimeAsync(2000)
    for (const sid of ['a', 'b', 'c', 'd']) expect(await verdict(check, sid)).toBe('revoked_token')
    expect(reports).toEqual(['log_changed'])
  })

  it('RV-16: notices a log that keeps its name and is behind', async () => {
    for (const sid of ['a', 'b', 'c']) log.revoke(sid)
    const check = follow()
    await check.sync()
    log.restore(1, 'log-1')
    log.revoke('d')
    await vi.advanceTimersByTimeAsync(2000)
    for (const sid of ['a', 'b', 'c', 'd']) expect(await verdict(check, sid)).toBe('revoked_token')
    expect(reports).toEqual(['log_changed'])
  })

  it.each([
    ['as many as it lost', ['d', 'e']],
    ['more than it lost', ['d', 'e', 'f']],
  ])('RV-16: notices a log that keeps its name and has written %s since', async (_, since) => {
    for (const sid of ['a', 'b', 'c']) log.revoke(sid)
    const check = follow()
    await check.sync()
    log.restore(1, 'log-1')
    for (const sid of since) log.revoke(sid)
    await vi.advanceTimersByTimeAsync(2000)
    for (const sid of ['a', 'b', 'c', ...since]) expect(await verdict(check, sid)).toBe('revoked_token')
    expect(reports).toEqual(['log_changed'])
  })

  it('RV-16: notices it also where what it read last has run out', async () => {
    log.revoke('a')
    log.revoke('b', Date.now() + 1000)
    const check = follow()
    await check.sync()
    await vi.advanceTimersByTimeAsync(5000)
    log.restore(1, 'log-1')
    log.revoke('c')
    await vi.advanceTimersByTimeAsync(2000)
    expect(await verdict(check, 'c')).toBe('revoked_token')
    expect(reports).toEqual(['log_changed'])
  })

  it('reads the whole log again, and warns of nothing, where what it read last was forgotten', async () => {
    log.revoke('a')
    log.revoke('b', Date.now() + 1000)
    const check = follow()
    await check.sync()
    await vi.advanceTimersByTimeAsync(5000)
    log.revoke('c')
    log.purge()
    await vi.advanceTimersByTimeAsync(2000)
    for (const sid of ['a', 'c']) expect(await verdict(check, sid)).toBe('revoked_token')
    expect(log.asks.slice(-2)).toEqual([2, 0])
    await vi.advanceTimersByTimeAsync(6000)
    expect(log.asks.slice(-3)).toEqual([3, 3, 3])
    expect(reports).toEqual([])
  })

  it('is not current where the log says that there is more and shows none', async () => {
    const page = { logId: 'log-1', head: 9, anchor: null, entries: [], more: true, now: Date.now() }
    vi.spyOn(log, 'since').mockResolvedValue(page)
    await expect(follow().sync()).rejects.toThrow('has more and shows none')
  })

  it('does not read for ever where two databases answer in turn, and refuses in the end', async () => {
    const check = follow()
    await check.sync()
    let asks = 0
    vi.spyOn(log, 'since').mockImplementation(async () => {
      asks += 1
      return { logId: `turn-${asks}`, head: 1, anchor: null, entries: [], more: false, now: Date.now() }
    })
    await vi.advanceTimersByTimeAsync(6000)
    expect(asks).toBeLessThanOrEqual(12)
    expect(await verdict(check, 'a', true)).toBe('unavailable')
  })

  it('goes on asking every two seconds when the push cannot be heard', async () => {
    const broken: RevocationSignal = {
      announce: async () => {},
      watch: () => Promise.reject(new Error('no push')),
    }
    const check = follow({}, broken)
    await check.sync()
    log.revoke('a')
    await vi.advanceTimersByTimeAsync(2000)
    expect(await verdict(check, 'a')).toBe('revoked_token')
  })

  it('leaves nothing running when it is stopped', async () => {
    const check = follow()
    await check.sync()
    await check.stop()
    const { length } = log.asks
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log.asks).toHaveLength(length)
    expect(log.listeners.size).toBe(0)
  })

  it('refuses a staleness that is no duration', () => {
    expect(() => follow({ maxStaleness: 'soon' as '5s' })).toThrow(TypeError)
  })
})
