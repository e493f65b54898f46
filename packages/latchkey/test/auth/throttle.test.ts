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
    expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
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

  it('counts nothing where limits are switched off', async () => {
    const store = memoryStore({ clock: movableClock() })
    const open = createThrottle(store.attempts, false)
    for (let i = 0; i < 100; i++) await open.signIn('ada', '192.0.2.1')
    const fresh = createThrottle(store.attempts)
    expect(await codeOf(() => fresh.signIn('ada', '192.0.2.1'))).toBe('accepted')
  })
})
