import { describe, expect, test } from 'vitest'
import { canonicalAddress, clientAddress, createTrust, type TrustProxy } from '../../src/http/address.ts'

const seen = (trustProxy: TrustProxy, socket: string | undefined, forwarded?: string): string | null =>
  clientAddress(socket, forwarded, createTrust(trustProxy))

describe('H-15 the address of a client', () => {
  test('I-76 is the socket’s, whatever the request says', () => {
    expect(seen(false, '198.51.100.1', '203.0.113.7')).toBe('198.51.100.1')
    expect(seen(false, undefined, '203.0.113.7')).toBeNull()
  })

  test('is what so many proxies in front saw, and no more', () => {
    expect(seen(1, '10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(seen(1, '10.0.0.1', 'spoofed, 192.0.2.1, 203.0.113.7')).toBe('203.0.113.7')
    expect(seen(2, '10.0.0.1', '203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(seen(1, '10.0.0.1')).toBe('10.0.0.1')
  })

  test('is the right-most that lies in no trusted network', () => {
    const networks = ['10.0.0.0/8', 'fd00::/8', '192.0.2.7']
    expect(seen(networks, '10.0.0.1', '1.2.3.4, 203.0.113.7, 10.9.9.9, 192.0.2.7')).toBe('203.0.113.7')
    expect(seen(networks, '203.0.113.9', '1.2.3.4')).toBe('203.0.113.9')
    expect(seen(networks, 'fd00::1', '2001:db8::1')).toBe('2001:db8::1')
    expect(seen(networks, '::ffff:10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(seen(networks, '10.0.0.1', '10.0.0.2, 10.0.0.3')).toBe('10.0.0.2')
  })

  test('is who brought it, where a proxy passed on what is no address', () => {
    for (const forwarded of ['unknown', '', ',', 'x, ', '1.2.3', '_hidden', '203.0.113.7, evil'])
      expect([forwarded, seen(1, '10.0.0.1', forwarded)]).toEqual([forwarded, '10.0.0.1'])
  })

  test('may come with a port', () => {
    expect(seen(1, '10.0.0.1', '203.0.113.7:4711')).toBe('203.0.113.7')
    expect(seen(1, '10.0.0.1', '[2001:db8::1]:4711')).toBe('2001:db8::1')
    expect(seen(1, '10.0.0.1', '[2001:db8::1]')).toBe('2001:db8::1')
  })

  test('I-95 has one spelling', () => {
    for (const spelling of ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', '2001:0db8::0001', '2001:db8::1%eth0'])
      expect(canonicalAddress(spelling)).toBe('2001:db8::1')
    for (const spelling of ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:192.0.2.1'])
      expect(canonicalAddress(spelling)).toBe('192.0.2.1')
    for (const none of ['', 'localhost', '1.2.3', '010.0.0.1', '1.2.3.4.5', ':::', '0x7f.1'])
      expect(canonicalAddress(none)).toBeNull()
  })
})

describe('trustProxy', () => {
  test('refuses what trusts everybody or nobody in particular', () => {
    const wrong: unknown[] = [
      true,
      0,
      -1,
      1.5,
      'loopback',
      '10.0.0.0/8',
      ['10.0.0.0/33'],
      ['::/129'],
      ['x'],
      ['10.0.0.0/8/8'],
      ['10.0.0.0/'],
      [''],
      {},
    ]
    for (const value of wrong) expect(() => createTrust(value as TrustProxy)).toThrow(TypeError)
  })
})
