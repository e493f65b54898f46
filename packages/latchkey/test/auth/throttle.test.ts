import { describe, expect, it } from 'vitest'
import { createThrottle, networkOf } from '../../src/auth/throttle.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { movableClock } from '../movable-clock.ts'
import { codeOf } from './code-of.ts'

describe('limits of attempts', () => {
  it('H-15, I-95: takes an IPv6 network of 64 bits, however it is spelled, for one subscriber', () => {
    const one = [
      '2001:db8::1',
      '2001:DB8:0:0::2',
      '2001:0db8:0000:0000:ffff::',
      '2001:db8::%eth0',
      '2001:db8:0:0:1:2:3:4',
    ]
    expect(new Set(one.map(networkOf))).toEqual(new Set(['2001:db8:0:0::/64']))
    expect(networkOf('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64')
    expect(networkOf('::1')).toBe('0:0:0:0::/64')
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
    for (const mapped of ['::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:c000:0201'])
      expect(networkOf(mapped)).toBe('192.0.2.1')
  })

  it('L-04: counts each address and each kind of request apart', async () => {
    const store = memoryStore({ clock: movableClock() })
    const throttle = createThrottle(store.attempts, { registrations: { limit: 1, window: 1000 } })
    expect(await codeOf(() => throttle.registration('192.0.2.1'))).toBe('accepted')
    expect(await codeOf(() => throttle.registration('192.0.2.1'))).toBe('too_many_attempts')
    expect(await codeOf(() => throttle.registration('192.0.2.2'))).toBe('accepted')
    expect(await codeOf(() => throttle.refresh('192.0.2.1'))).toBe('accepted')
    expect(await codeOf(() => throttle.registration(null))).toBe('accepted')
  })

  it('L-02: gives an account five failures, then waits of 1, 2, 4 … 900 s, and a hundred failures in a row', async () => {
    const clock = movableClock()
    const throttle = createThrottle(memoryStore({ clock }).attempts)
    const attempt = () =>
      throttle.signIn('ada', null).then(
        () => 0,
        (error) => error.details.retryAfter as number,
      )
    const waits: number[] = []
    for (let allowed = 0; allowed < 100; ) {
      const wait = await attempt()
      if (wait === 0) {
        allowed += 1
        continue
      }
      waits.push(wait)
      clock.advance(wait * 1000 - 1)
      expect(await attempt()).toBe(1)
      clock.advance(1)
    }
    expect(waits.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
    expect(waits).toHaveLength(95)
    expect(await attempt()).toBe(86_400)
    // Nobody else is slowed down by it, and one who succeeds starts anew.
    await throttle.signIn('bob', null)
    await throttle.signedIn('ada')
    for (let i = 0; i < 5; i++) expect(await attempt()).toBe(0)
    expect(await attempt()).toBe(1)
  })

  it('L-02: refuses rules under which nobody could be slowed down', () => {
    const { attempts } = memoryStore()
    for (const account of [{ wait: 0 }, { free: 100 }, { memory: 1 }, { longest: 10 }, { most: Number.NaN }])
      expect(() => createThrottle(attempts, { account })).toThrow(TypeError)
    expect(() => createThrottle(attempts, { account: { free: 3, most: 10 } })).not.toThrow()
  })

  it('counts nothing where limits are switched off', async () => {
    const store = memoryStore({ clock: movableClock() })
    const open = createThrottle(store.attempts, false)
    for (let i = 0; i < 100; i++) await open.signIn('ada', '192.0.2.1')
    const fresh = createThrottle(store.attempts)
    expect(await codeOf(() => fresh.signIn('ada', '192.0.2.1'))).toBe('accepted')
  })
})
