import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgePresented } from '../../src/auth/rotation.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { movableClock } from '../movable-clock.ts'

const GRACE = 30_000
const RUNS = process.env['LATCHKEY_TEST_TIER'] ? 10_000 : 1500
const HOUR = 3_600_000

interface Step {
  /** Milliseconds that pass first; negative is the store's clock going back. */
  readonly wait: number
  /** How many generations behind the current one the presented token is. */
  readonly behind: number
}

const steps = (least: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      wait: fc.oneof(
        fc.integer({ min: least, max: 40_000 }),
        fc.constantFrom(0, 1, GRACE - 1, GRACE, GRACE + 1),
      ),
      behind: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 9 })),
    }),
    { minLength: 1, maxLength: 40 },
  )

interface Outcome {
  readonly at: number
  /** When the presented generation was superseded, by the full history; `null` for the current one. */
  readonly supersededAt: number | null
  readonly realAge: number | null
  readonly verdict: 'rotated' | 'answered' | 'ended'
}

/** Plays a schedule on a real store, beside a history that forgets nothing. */
async function play(schedule: readonly Step[]): Promise<{ outcomes: Outcome[]; rotations: number[] }> {
  const clock = movableClock()
  const { sessions } = memoryStore({ clock })
  const event = { type: 'test', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
  const whose = { userAgent: null, address: null, label: null, replaces: null }
  const session = { id: 'S', userId: 'u', idle: 24 * HOUR, absolute: 48 * HOUR, ...whose }
  await sessions.start(session, { limit: 10, hold: 0 }, event)
  const superseded = new Map<number, { at: number; real: number }>()
  const outcomes: Outcome[] = []
  const rotations: number[] = []
  let real = 0
  let current = 0
  for (const { wait, behind } of schedule) {
    clock.advance(wait)
    real += Math.max(0, wait)
    const gen = Math.max(0, current - behind)
    const was = superseded.get(gen)
    const seen = { at: clock(), supersededAt: was?.at ?? null, realAge: was ? real - was.real : null }
    if (await sessions.rotate('S', gen, { grace: GRACE, idle: 24 * HOUR })) {
      superseded.set(gen, { at: clock(), real })
      rotations.push(clock())
      current = gen + 1
      outcomes.push({ ...seen, verdict: 'rotated' })
      continue
    }
    const verdict = judgePresented(await sessions.find('S'), { sub: 'u', gen }, GRACE)
    outcomes.push({ ...seen, verdict: verdict === 'answer' ? 'answered' : 'ended' })
    expect(['answer', 'reuse']).toContain(verdict)
    if (verdict === 'reuse') break
  }
  return { outcomes, rotations }
}

describe('rotation against a history that forgets nothing', () => {
  it('RT-34: answers a superseded generation if and only if that was less than the grace ago', async () => {
    await fc.assert(
      fc.asyncProperty(steps(0), async (schedule) => {
        const { outcomes, rotations } = await play(schedule)
        for (const { at, supersededAt, verdict } of outcomes) {
          if (supersededAt === null) expect(verdict).not.toBe('ended')
          else expect(verdict).toBe(at - supersededAt < GRACE ? 'answered' : 'ended')
        }
        for (const at of rotations) {
          expect(rotations.filter((other) => other >= at && other < at + GRACE).length).toBeLessThanOrEqual(4)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('RT-34, RT-35: never ends a session for one superseded less than the grace ago, also when the clock goes back', async () => {
    await fc.assert(
      fc.asyncProperty(steps(-60_000), async (schedule) => {
        const { outcomes } = await play(schedule)
        for (const { realAge, verdict } of outcomes) {
          if (realAge !== null && realAge < GRACE) expect(verdict).not.toBe('ended')
        }
      }),
      { numRuns: RUNS },
    )
  })
})
