import type { LookupFunction } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  exportJwk,
  generateKey,
  importPrivateKey,
  jwksOf,
  type SigningKey,
  secretKey,
} from '../../src/jwt/index.ts'
import type { SigningUse } from '../../src/tokens/index.ts'
import {
  type RemoteKeyRing,
  type RemoteKeyRingOptions,
  remoteKeyRing,
} from '../../src/tokens/remote-keyring.ts'
import { codeOf } from '../auth/code-of.ts'
import { movableClock } from '../movable-clock.ts'
import { type IssuerServer, issuerServer, json } from './issuer-server.ts'

const MINUTE = 60_000

describe('keys of another issuer', async () => {
  const [first, second] = [await generateKey(), await generateKey('ES256')] as [SigningKey, SigningKey]
  const rings: RemoteKeyRing[] = []
  const clock = movableClock(1000)

  const ringOf = (issuer: string, options: RemoteKeyRingOptions = {}): RemoteKeyRing => {
    const ring = remoteKeyRing(issuer, { monotonic: clock, ...options })
    rings.push(ring)
    return ring
  }
  const keysFor = async (
    ring: RemoteKeyRing,
    key: { kid: string | null; algorithm: SigningKey['algorithm'] },
  ) =>
    ring.verifyingKeys({
      header: { alg: key.algorithm, ...(key.kid === null ? {} : { kid: key.kid }) },
      kind: 'access',
      unverified: () => {
        throw new Error('not needed')
      },
    })
  const knows = async (ring: RemoteKeyRing, key: SigningKey): Promise<boolean> =>
    (await keysFor(ring, key)).some(({ kid }) => kid === key.kid)
  const unknown = (n: number) => ({ kid: `unknown-${n}`, algorithm: 'EdDSA' as const })
  const settled = () => new Promise((resolve) => setTimeout(resolve, 30))

  afterEach(() => {
    for (const ring of rings.splice(0)) ring.stop()
  })

  it('finds the keys at /.well-known/jwks.json, with one plain request for any number of tokens', async () => {
    await using server = await issuerServer(json(jwksOf([first, second])))
    const ring = ringOf(`${server.url}/`)
    const found = await Promise.all(Array.from({ length: 50 }, () => keysFor(ring, second)))
    expect(found.every(([key]) => key?.kid === second.kid && key?.use === 'verify')).toBe(true)
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /.well-known/jwks.json',
    ])
    expect(server.requests[0]?.headers).not.toHaveProperty('cookie')
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(await ring.jwks()).toEqual(jwksOf([first, second]))
  })

  it('answers without a promise once the keys are there', async () => {
    await using server = await issuerServer(json(jwksOf([first])))
    const ring = ringOf(server.url)
    await ring.ready()
    const found = ring.verifyingKeys({
      header: { alg: 'EdDSA', kid: first.kid as string },
      kind: null,
      unverified: () => {
        throw new Error('not needed')
      },
    })
    expect(found).not.toBeInstanceOf(Promise)
  })

  it('fetches from the jwks_uri that it is given', async () => {
    await using server = await issuerServer(json(jwksOf([first])))
    const ring = ringOf('https://issuer.example', { jwksUri: `${server.url}/keys?v=1` })
    expect(await knows(ring, first)).toBe(true)
    expect(server.requests[0]?.url).toBe('/keys?v=1')
  })

  it('signs nothing', async () => {
    await using server = await issuerServer(json(jwksOf([first])))
    expect(() => ringOf(server.url).signingKey({} as SigningUse)).toThrow(TypeError)
  })

  describe('which addresses it asks', () => {
    const notPublic = {
      code: 'unavailable',
      cause: { message: expect.stringContaining('this address is not public') },
    }

    it.each([
      'http://issuer.example',
      'http://127.0.0.1.example.com',
      'http://localhost.example.com',
      'http://2130706433',
      'http://0x7f000001',
      'http://0177.0.0.1',
      'http://127.1',
      'http://[::ffff:127.0.0.1]',
      'http://10.0.0.1',
      'ftp://issuer.example',
      'file:///etc/passwd',
      'https://user:password@issuer.example',
      'issuer.example',
      '',
    ])('K-04: refuses %s at construction', (url) => {
      expect(() => ringOf(url)).toThrow(TypeError)
    })

    it.each([
      'https://10.0.0.1',
      'https://2130706433',
      'https://0x7f.1',
      'https://0177.0.0.1',
      'https://[::ffff:10.0.0.1]',
      'https://[fd00::1]',
      'https://169.254.169.254',
    ])('K-04, I-88: refuses the private address of %s at construction', (url) => {
      expect(() => ringOf(url)).toThrow(TypeError)
    })

    it('K-04: refuses the metadata address of clouds also where private addresses are allowed', () => {
      expect(() => ringOf('https://169.254.169.254', { allowPrivateAddresses: true })).toThrow(TypeError)
    })

    it.each(['127.0.0.1', '10.0.0.1', '::ffff:127.0.0.1', '::1', '169.254.169.254', '0.0.0.0'])(
      'K-04, I-88: makes no connection where the name of the issuer means %s',
      async (address) => {
        await using server = await issuerServer(json(jwksOf([first])))
        const { port } = new URL(server.url)
        const ring = ringOf(`https://issuer.example:${port}`, { lookup: lookupOf([address]) })
        await expect(keysFor(ring, first)).rejects.toMatchObject(notPublic)
        expect(server.connections()).toBe(0)
      },
    )

    it('K-04, I-88: is not taken in by a name that changes its address between two look-ups', async () => {
      await using server = await issuerServer(json(jwksOf([first])))
      const answers = [['10.0.0.7'], ['127.0.0.1']]
      const looked = vi.fn(() => answers.shift() ?? ['127.0.0.1'])
      const lookup: LookupFunction = (host, options, callback) => lookupOf(looked())(host, options, callback)
      const ring = ringOf(server.url.replace('127.0.0.1', 'localhost'), { lookup })
      // A name of this machine that first means another one is refused, and asked for once only.
      await expect(keysFor(ring, first)).rejects.toMatchObject(notPublic)
      expect(looked).toHaveBeenCalledTimes(1)
      clock.advance(30_000)
      expect(await knows(ring, first)).toBe(true)
    })

    it('K-04: follows no redirect', async () => {
      await using other = await issuerServer(json(jwksOf([first])))
      await using server = await issuerServer((res) => res.writeHead(302, { location: other.url }).end())
      expect(await codeOf(() => keysFor(ringOf(server.url), first))).toBe('unavailable')
      expect(other.requests).toHaveLength(0)
    })
  })

  describe('what it takes for an answer', () => {
    it.each([
      ['a key that cannot be read', { kty: 'EC', crv: 'P-256', kid: 'x', x: 'AA', y: 'AA' }],
      ['no object', 42],
      ['null', null],
      ['an unknown kind', { kty: 'XYZ', kid: 'x' }],
      [
        'a secret',
        { kty: 'oct', kid: 'x', alg: 'HS256', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' },
      ],
      ['a key for encryption', { ...exportJwk(second), kid: 'x', use: 'enc' }],
    ])('K-04, I-57: a set with %s works without it', async (_, broken) => {
      await using server = await issuerServer(json({ keys: [broken, exportJwk(first)] }))
      const ring = ringOf(server.url)
      expect(await knows(ring, first)).toBe(true)
      expect(await keysFor(ring, { kid: 'x', algorithm: 'ES256' })).toEqual([])
    })

    it('F-37: a kid twice: neither of the two is used, the others are', async () => {
      const twins = [await generateKey(), await generateKey('ES256')].map((key) => ({
        ...exportJwk(key),
        kid: 'twin',
      }))
      await using server = await issuerServer(json({ keys: [...twins, exportJwk(first)] }))
      const ring = ringOf(server.url)
      expect(await knows(ring, first)).toBe(true)
      expect(await keysFor(ring, { kid: 'twin', algorithm: 'EdDSA' })).toEqual([])
    })

    it('K-04: takes a hundred keys and not one more', async () => {
      const jwks = jwksOf([first])
      const filler = { kty: 'XYZ' }
      await using server = await issuerServer(json({ keys: [...jwks.keys, ...Array(99).fill(filler)] }))
      const ring = ringOf(server.url)
      expect(await knows(ring, first)).toBe(true)
      server.answer = json({ keys: [...jwksOf([second]).keys, ...Array(100).fill(filler)] })
      clock.advance(30_000)
      expect(await knows(ring, second)).toBe(false)
      expect(await knows(ring, first)).toBe(true)
    })

    it('K-06, I-56: a kid of one issuer never finds the key of another, however the two are spelt', async () => {
      const named = (kid: string) => ({ keys: [{ ...exportJwk(first), kid }] })
      await using a = await issuerServer(json(named('b:key')))
      await using b = await issuerServer(json(named('key')))
      const [ringA, ringB] = [ringOf(`${a.url}/a`), ringOf(`${b.url}/a:b`)]
      expect(await keysFor(ringA, { kid: 'key', algorithm: 'EdDSA' })).toEqual([])
      expect(await keysFor(ringB, { kid: 'b:key', algorithm: 'EdDSA' })).toEqual([])
      expect(await keysFor(ringB, { kid: 'key', algorithm: 'EdDSA' })).toHaveLength(1)
    })

    it('reads an RSA key that does not name its algorithm only as the one that is configured', async () => {
      const rsa = importPrivateKey(await generateRsaPem(), { algorithm: 'RS256' })
      const { alg: _, ...nameless } = exportJwk(rsa)
      await using server = await issuerServer(json({ keys: [nameless, exportJwk(first)] }))
      expect(await keysFor(ringOf(server.url), rsa)).toEqual([])
      expect(await keysFor(ringOf(server.url, { algorithm: 'RS256' }), rsa)).toHaveLength(1)
    })
  })

  describe('through an outage', () => {
    const faults: readonly (readonly [string, IssuerServer['answer']])[] = [
      ['is down', (res) => res.destroy()],
      ['answers 500', (res) => res.writeHead(500).end('no')],
      ['answers 204', (res) => res.writeHead(204).end()],
      [
        'answers HTML',
        (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      ],
      ['answers a redirect', (res) => res.writeHead(301, { location: 'https://example.com' }).end()],
      ['answers an empty set', json({ keys: [] })],
      ['answers no set', json(['keys'])],
      ['answers only broken keys', json({ keys: [{ kty: 'EC' }] })],
      ['answers something compressed', json(jwksOf([second]), { 'content-encoding': 'gzip' })],
      ['breaks off in the middle', (res) => void res.write('{"keys":[', () => res.destroy())],
    ]

    it.each(faults)('F-37, K-05, I-93: known keys go on working while the endpoint %s', async (_, answer) => {
      await using server = await issuerServer(json(jwksOf([first])))
      const ring = ringOf(server.url)
      await ring.ready()
      server.answer = answer
      for (let minutes = 1; minutes < 60; minutes += 1) {
        clock.advance(MINUTE)
        expect(await knows(ring, first)).toBe(true)
      }
      expect(await keysFor(ring, unknown(1))).toEqual([])
      clock.advance(MINUTE)
      expect(await codeOf(() => keysFor(ring, first))).toBe('unavailable')
      expect(server.requests.length).toBeLessThanOrEqual(1 + 120)
      server.answer = json(jwksOf([first]))
      clock.advance(30_000)
      expect(await knows(ring, first)).toBe(true)
    })

    it('F-37: reads no more than 256 KiB of an answer without an end', async () => {
      let sent = 0
      await using server = await issuerServer((res) => {
        res.writeHead(200, { 'content-type': 'application/json' })
        const more = (): void => {
          while (!res.destroyed && sent < 1e9) {
            sent += 65_536
            if (!res.write(' '.repeat(65_536))) return
          }
        }
        res.on('drain', more)
        more()
      })
      expect(await codeOf(() => keysFor(ringOf(server.url), first))).toBe('unavailable')
      expect(sent).toBeLessThan(64 * 1024 * 1024)
    })

    it('F-37: waits for a slow endpoint no longer than the deadline', async () => {
      await using server = await issuerServer(() => {})
      expect(await codeOf(() => keysFor(ringOf(server.url), first))).toBe('unavailable')
    })

    it('is not ready, and says 503, while there never were any keys', async () => {
      await using server = await issuerServer((res) => res.writeHead(500).end())
      const ring = ringOf(server.url)
      await expect(ring.ready()).rejects.toMatchObject({ code: 'unavailable' })
      await expect(ring.ready()).rejects.toMatchObject({ details: { retryAfter: 30 } })
      expect(server.requests).toHaveLength(1)
      server.answer = json(jwksOf([first]))
      clock.advance(30_000)
      await ring.ready()
    })
  })

  describe('when keys change', () => {
    it('K-05: ten thousand unknown kids cause one fetch per 30 s, one at a time', async () => {
      await using server = await issuerServer(json(jwksOf([first])))
      const ring = ringOf(server.url)
      await ring.ready()
      const flood = async () => {
        for (let n = 0; n < 10; n++)
          await Promise.all(Array.from({ length: 1000 }, (_, i) => keysFor(ring, unknown(i))))
      }
      await flood()
      expect(server.requests).toHaveLength(1)
      clock.advance(30_000)
      await flood()
      expect(server.requests).toHaveLength(2)
    })

    it('finds a new key by its unknown kid at once, when the pause is over', async () => {
      await using server = await issuerServer(json(jwksOf([first])))
      const ring = ringOf(server.url)
      await ring.ready()
      server.answer = json(jwksOf([first, second]))
      expect(await knows(ring, second)).toBe(false)
      clock.advance(30_000)
      expect(await knows(ring, second)).toBe(true)
    })

    it('I-55: no longer believes a key that the issuer has taken out', async () => {
      await using server = await issuerServer(json(jwksOf([first, second])))
      const ring = ringOf(server.url)
      await ring.ready()
      server.answer = json(jwksOf([second]))
      clock.advance(5 * MINUTE)
      expect(await knows(ring, first)).toBe(false)
      expect(await knows(ring, second)).toBe(true)
    })

    it.each([
      ['max-age=120', 120],
      ['public, max-age="600", must-revalidate', 600],
      ['max-age=86400', 900],
      ['no-store', 60],
      ['max-age=0', 60],
      ['private', 300],
    ])(
      'keeps an answer that says "%s" for %i s, and renews it before, without making anybody wait',
      async (header, seconds) => {
        await using server = await issuerServer(json(jwksOf([first]), { 'cache-control': header }))
        const ring = ringOf(server.url)
        await ring.ready()
        clock.advance(seconds * 790)
        await knows(ring, first)
        expect(server.requests).toHaveLength(1)
        server.answer = json(jwksOf([second]), { 'cache-control': header })
        clock.advance(seconds * 20)
        expect(await knows(ring, first)).toBe(true)
        await settled()
        expect(server.requests).toHaveLength(2)
        expect(await knows(ring, first)).toBe(false)
      },
    )

    it('renews the keys by itself when no token comes along', async () => {
      await using server = await issuerServer(json(jwksOf([first]), { 'cache-control': 'max-age=60' }))
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      try {
        const ring = remoteKeyRing(server.url)
        rings.push(ring)
        await ring.ready()
        vi.advanceTimersByTime(49_000)
      } finally {
        vi.useRealTimers()
      }
      await settled()
      expect(server.requests).toHaveLength(2)
    })

    it('RV-10: a revoked key is dropped at once and stays so, also while the issuer still lists it', async () => {
      await using server = await issuerServer(json(jwksOf([first, second])))
      const ring = ringOf(server.url)
      await ring.ready()
      ring.forget(first.kid as string)
      expect(await knows(ring, first)).toBe(false)
      expect(await keysFor(ring, { kid: null, algorithm: 'EdDSA' })).toEqual([])
      clock.advance(5 * MINUTE)
      expect(await knows(ring, first)).toBe(false)
      expect(await knows(ring, second)).toBe(true)
      const fetched = server.requests.length
      clock.advance(30_000)
      expect(await knows(ring, first)).toBe(false)
      expect(server.requests).toHaveLength(fetched)
    })

    it('a set of only revoked keys is empty, and no outage', async () => {
      await using server = await issuerServer(json(jwksOf([first])))
      const ring = ringOf(server.url)
      await ring.ready()
      ring.forget(first.kid as string)
      expect(await keysFor(ring, first)).toEqual([])
      expect(await ring.jwks()).toEqual({ keys: [] })
    })
  })

  it('takes no HMAC secret from anybody', async () => {
    await using server = await issuerServer(
      json({
        keys: [exportJwk(secretKey('x'.repeat(16) + 'y'.repeat(16), { kid: 'x' }), { private: true })],
      }),
    )
    expect(await codeOf(() => keysFor(ringOf(server.url), { kid: 'x', algorithm: 'HS256' }))).toBe(
      'unavailable',
    )
  })
})

function lookupOf(addresses: readonly string[]): LookupFunction {
  return (_, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (options.all) callback(null, found)
    else callback(null, found[0]?.address ?? '', found[0]?.family)
  }
}

async function generateRsaPem(): Promise<string> {
  const { exportPem } = await import('../../src/jwt/index.ts')
  return exportPem(await generateKey('RS256'))
}
