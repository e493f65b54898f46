import { BlockList, isIP } from 'node:net'

/**
 * How far an address reaches: `public`, this machine (`loopback`), a network of one's own (`private`), or nothing
 * that a service is ever at (`reserved`: link-local with the metadata services of clouds, multicast, documentation,
 * wrappings of IPv4 in IPv6 that say nothing of where they end).
 */
export type AddressScope = 'public' | 'loopback' | 'private' | 'reserved'

/** RFC 6890 and the IANA registries of special-purpose addresses. */
const LOOPBACK = blockListOf(['127.0.0.0/8'], ['::1/128'])
const PRIVATE = blockListOf(
  ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
  ['fc00::/7', 'fec0::/10'],
)
const RESERVED = blockListOf(
  [
    '0.0.0.0/8',
    '169.254.0.0/16',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  [
    '::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '3fff::/20',
    '5f00::/16',
    'fe80::/10',
    'ff00::/8',
  ],
)

/** @param address of a socket or a look-up: IPv4, IPv6, or IPv4 inside IPv6. Anything else is `reserved`. */
export function addressScope(address: string): AddressScope {
  const bare = address.replace(/%.*$/, '')
  const version = isIP(bare)
  if (version === 0) return 'reserved'
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (LOOPBACK.check(bare, family)) return 'loopback'
  if (PRIVATE.check(bare, family)) return 'private'
  return RESERVED.check(bare, family) ? 'reserved' : 'public'
}

function blockListOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of ipv4) {
    const [address = '', bits] = network.split('/')
    // The same network inside IPv6, mapped (RFC 4291) and translated (RFC 6052), is no other place.
    list.addSubnet(address, Number(bits), 'ipv4')
    list.addSubnet(`::ffff:${address}`, 96 + Number(bits), 'ipv6')
    list.addSubnet(`64:ff9b::${address}`, 96 + Number(bits), 'ipv6')
  }
  for (const network of ipv6) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), 'ipv6')
  }
  return list
}
