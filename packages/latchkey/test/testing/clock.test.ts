import { setTimeout as wait } from 'node:timers/promises'
import { movableClock } from 'latchkey/testing'
import { describe, expect, it } from 'vitest'

describe('a movable clock', () => {
  it('stands still until it is moved', async () => {
    const clock = movableClock()
    const before = clock()
    await wait(5)
    expect(clock()).toBe(before)
    clock.advance('6m')
    expect(clock()).toBe(before + 360_000)
    clock.advance(1.5)
    expect(clock()).toBe(before + 361_500)
  })

  it('starts at a whole second of the present, or where it is told to', () => {
    expect(movableClock()() % 1000).toBe(0)
    expect(Math.abs(movableClock()() - Date.now())).toBeLessThan(60_000)
    expect(movableClock(7)()).toBe(7)
  })

  it('lets one call find itself in the past, and nobody else meanwhile', async () => {
    const clock = movableClock(1_000_000)
    const past = clock.ago('10s', async () => {
      await wait(5)
      return clock()
    })
    expect(clock()).toBe(1_000_000)
    clock.advance('1s')
    expect(await past).toBe(991_000)
    expect(clock()).toBe(1_001_000)
  })

  it.each([-1, '-1s', 'soon', Number.NaN] as never[])('does not move by %s', (by) => {
    const clock = movableClock()
    expect(() => clock.advance(by)).toThrow(TypeError)
    expect(() => clock.ago(by, clock)).toThrow(TypeError)
  })
})
