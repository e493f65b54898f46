import { describe, expect, it } from 'vitest'
import { addressScope } from '../../src/base/address-scope.ts'

describe('how far an address reaches', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.8.8.8', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['::ffff:a00:1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['fd12::1', 'private'],
    ['0.0.0.0', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['::ffff:169.254.169.254', 'reserved'],
    ['64:ff9b::a9fe:a9fe', 'reserved'],
    ['::127.0.0.1', 'reserved'],
    ['::', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['fe80::1%eth0', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['example.com', 'reserved'],
    ['', 'reserved'],
  ])('K-04, I-88: %s is %s', (address, scope) => {
    expect(addressScope(address)).toBe(scope)
  })

  it.each(['11.0.0.1', '172.32.0.1', '100.128.0.1', '192.169.0.1', '169.253.0.1'])(
    'takes %s, just outside, for public',
    (address) => {
      expect(addressScope(address)).toBe('public')
    },
  )
})
