import { BlockList, isIP } from 'node:net'

/**
 * Whose word counts about where a request came from: so many proxies in front (`1`), or their networks
 * (`['10.0.0.0/8']`). `false`: nobody's, the socket tells (H-15).
 */
export type TrustProxy = false | number | readonly string[]

/** Whether the address at this many hops from us (0: the socket's) is a proxy of ours. */
export type Trust = (address: string, hop: number) => boolean

/**
 * @throws {TypeError} for what is neither a number of hops nor a list of networks. `true` is refused on purpose:
 *   whoever trusts everybody believes what the client says.
 */
export function createTrust(trustProxy: TrustProxy = false): Trust {
  if (trustProxy === false) return () => false
  if (typeof trustProxy === 'number') {
    if (!Number.isSafeInteger(trustProxy) || trustProxy < 1)
      throw new TypeError('trustProxy: expected how many proxies are in front, or their networks.')
    return (_, hop) => hop < trustProxy
  }
  if (!Array.isArray(trustProxy))
    throw new TypeError(
      "trustProxy: write how many proxies are in front, or their networks, like ['10.0.0.0/8'].",
    )
  const networks = blockListOf(trustProxy)
  return (address) => networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * The address of the client in its one spelling: the right-most of `X-Forwarded-For` that is no proxy of ours, or the
 * socket's own.
 *
 * @param forwarded the header, all its lines joined by commas
 * @returns `null` when the socket has none any more
 */
export function clientAddress(
  socketAddress: string | null | undefined,
  forwarded: string | null | undefined,
  trust: Trust,
): string | null {
  let address = canonicalAddress(socketAddress ?? '')
  if (address === null || !forwarded || !trust(address, 0)) return address
  const hops = forwarded.split(',').reverse()
  for (const [index, hop] of hops.entries()) {
    const next = canonicalAddress(withoutPort(hop.trim()))
    // What is no address was written by nobody we trust; the last that we know for sure is who brought it.
    if (next === null) return address
    address = next
    if (!trust(address, index + 1)) return address
  }
  return address
}

/** An address in its one spelling: IPv4 inside IPv6 as IPv4, IPv6 as RFC 5952. `null` for what is none. */
export function canonicalAddress(text: string): string | null {
  const bare = text.replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 4) return bare
  if (family !== 6) return null
  const spelled = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(spelled)
  if (!mapped) return spelled
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)
  if (bracketed) return bracketed[1] ?? ''
  return /^[\d.]+:\d+$/.test(hop) ? hop.replace(/:\d+$/, '') : hop
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits, ...rest] = network.split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
    if (family === 0 || rest.length > 0 || !(prefix >= 0 && prefix <= most))
      throw new TypeError(`trustProxy: "${network}" is no network; write it like "10.0.0.0/8".`)
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
