import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyTimes, nextRing, ringWithout } from '../../src/auth/key-schedule.ts'
import type { KeyState, StoredKey } from '../../src/store/store.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const times: KeyTimes = { announced: 330_000, active: 30 * DAY, retiring: 15 * MINUTE, refreshOnly: 30 * DAY }
const START = 1_800_000_000_000

/** Makes keys that are told apart by their number. */
function keyMaker(now: () => number) {
  let made = 0
  return (state: 'announced' | 'active'): StoredKey => {
    made += 1
    const kid = `key-${made}`
    return {
      kid,
      algorithm: 'EdDSA',
      state,
      publicJwk: '{}',
      sealed: `sealed ${kid}`,
      createdAt: now(),
      since: now(),
    }
  }
}

const inState = (keys: readonly StoredKey[], state: KeyState): readonly StoredKey[] =>
  keys.filter((key) => key.state === state)

type Step =
  | { readonly act: 'wait'; readonly time: number }
  | { readonly act: 'rotate' }
  | { readonly act: 'revoke'; readonly which: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      time: fc.oneof(
        fc.integer({ min: 0, max: 20 * MINUTE }),
        fc.integer({ min: 0, max: 40 * DAY }),
        fc.constantFrom(
          times.announced,
          times.active,
          times.retiring,
          times.refreshOnly,
          times.announced - 1,
        ),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      time: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, -10 * MINUTE),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('rotate' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('revoke' as const), which: fc.nat(10) }) },
)

describe('the schedule of keys', () => {
  it('makes a key that signs and one that stands by out of nothing', () => {
    const ring = nextRing(
      [],
      START,
      times,
      keyMaker(() => START),
    )
    expect(ring?.map(({ state }) => state)).toEqual(['active', 'announced'])
  })

  it('does nothing while nothing is due, and each thing when it is', () => {
    let now = START
    const fresh = keyMaker(() => now)
    let ring = nextRing([], now, times, fresh) ?? []
    const after = (time: number) => {
      now += time
      const next = nextRing(ring, now, times, fresh)
      ring = next ?? ring
      return next === null ? null : ring.map(({ kid, state }) => `${kid} ${state}`)
    }
    expect(after(times.active - 1)).toBe(null)
    expect(after(1)).toEqual(['key-1 retiring', 'key-2 active', 'key-3 announced'])
    expect(ring.map(({ sealed }) => sealed)).toEqual([null, 'sealed key-2', 'sealed key-3'])
    expect(after(times.retiring - 1)).toBe(null)
    expect(after(1)).toEqual(['key-1 refresh_only', 'key-2 active', 'key-3 announced'])
    expect(after(times.active - times.retiring)).toEqual([
      'key-1 refresh_only',
      'key-2 retiring',
      'key-3 active',
      'key-4 announced',
    ])
    expect(after(times.retiring)).toEqual(['key-2 refresh_only', 'key-3 active', 'key-4 announced'])
  })

  it('a key signs only after verifiers had the time to hear of it, unless it is forced to', () => {
    const fresh = keyMaker(() => START)
    const young: StoredKey = { ...fresh('announced'), since: START + times.active - times.announced + 1 }
    const ring = [fresh('active'), young]
    expect(nextRing(ring, START + times.active, times, fresh)).toBe(null)
    expect(nextRing(ring, START + times.active + 1, times, fresh)?.map(({ state }) => state)).toEqual([
      'retiring',
      'active',
      'announced',
    ])
    expect(nextRing(ring, START + 1, times, fresh, true)?.map(({ state }) => state)).toEqual([
      'retiring',
      'active',
      'announced',
    ])
  })

  it('revoking the key that signs lets the standby sign at once, however young, and makes a new standby', () => {
    const fresh = keyMaker(() => START)
    const ring = nextRing([], START, times, fresh) ?? []
    const without = ringWithout('key-1', ring, START + 1, times, fresh)
    expect(without.map(({ kid, state }) => `${kid} ${state}`)).toEqual(['key-2 active', 'key-3 announced'])
  })

  it('revoking the standby makes another one', () => {
    const fresh = keyMaker(() => START)
    const ring = nextRing([], START, times, fresh) ?? []
    const without = ringWithout('key-2', ring, START + 1, times, fresh)
    expect(without.map(({ kid, state }) => `${kid} ${state}`)).toEqual(['key-1 active', 'key-3 announced'])
  })

  it('K-07: whatever happens when, one key signs, one stands by, and every token can be verified for its life', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 60 }), (steps) => {
        let now = START
        let ring: readonly StoredKey[] = []
        const fresh = keyMaker(() => now)
        /** When each key signed for the last time. */
        const lastSigned = new Map<string, number>()
        const revoked = new Set<string>()
        // Under a clock that goes back, nothing can be said of lengths of time.
        const isForward = steps.every((step) => step.act !== 'wait' || step.time >= 0)

        const adopt = (next: readonly StoredKey[] | null): void => {
          const [signing] = inState(ring, 'active')
          if (signing) lastSigned.set(signing.kid, now)
          ring = next ?? ring
        }
        for (const step of steps) {
          if (step.act === 'wait') now += step.time
          if (step.act === 'revoke') {
            const { kid } = ring[step.which % Math.max(1, ring.length)] ?? { kid: 'none' }
            revoked.add(kid)
            adopt(ringWithout(kid, ring, now, times, fresh))
          } else adopt(nextRing(ring, now, times, fresh, step.act === 'rotate' && ring.length > 0))

          expect(inState(ring, 'active')).toHaveLength(1)
          expect(inState(ring, 'announced')).toHaveLength(1)
          for (const { state, sealed } of ring) {
            expect(sealed !== null).toBe(state === 'active' || state === 'announced')
          }
          expect(new Set(ring.map(({ kid }) => kid)).size).toBe(ring.length)
          expect(ring.some(({ kid }) => revoked.has(kid))).toBe(false)
          for (const [kid, at] of lastSigned) {
            if (revoked.has(kid) || !isForward) continue
            const state = ring.find((key) => key.kid === kid)?.state
            if (now < at + times.refreshOnly) expect(state).toBeDefined()
            if (now < at + times.retiring) expect(state).not.toBe('refresh_only')
          }
          // The next run finds nothing to do: a crash in between is mended by it, and two nodes agree.
          expect(nextRing(ring, now, times, fresh)).toBe(null)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('forgets every key in the end', () => {
    let now = START
    const fresh = keyMaker(() => now)
    let ring = nextRing([], now, times, fresh) ?? []
    for (let day = 0; day < 400; day++) {
      now += DAY
      ring = nextRing(ring, now, times, fresh) ?? ring
      expect(ring.length).toBeLessThanOrEqual(5)
    }
  })
})
