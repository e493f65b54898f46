import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RemoteVerifier, RemoteVerifierOptions } from '../../src/auth/remote-verifier.ts'
import { createVerifier } from '../../src/auth/verifier.ts'
import {
  decodeUnverified,
  exportPem,
  generateKey,
  importPrivateKey,
  jwksOf,
  type SigningKey,
  signJwt,
} from '../../src/jwt/index.ts'
import { fixedKeyRing } from '../../src/tokens/index.ts'
import { movableClock } from '../movable-clock.ts'
import { issuerServer, json } from '../tokens/issuer-server.ts'
import { altered } from './altered.ts'
import { codeOf } from './code-of.ts'
import { credential, type Issuer, startIssuer } from './issuer.ts'

describe('a verifier of tokens that are issued elsewhere', () => {
  const open: RemoteVerifier[] = []
  const verifierOf = (
    url: string,
    options: Partial<RemoteVerifierOptions<null>> = {},
  ): RemoteVerifier<null> => {
    const verifier = createVerifier(url, { audience: 'orders', log: () => {}, ...options })
    open.push(verifier)
    return verifier
  }
  const following = ({ url }: Issuer, options: Partial<RemoteVerifierOptions<null>> = {}) =>
    verifierOf(url, { feed: { url: `${url}/feed`, credential }, ...options })
  const verdict = (verifier: RemoteVerifier, token: string, strict = false): Promise<string> =>
    codeOf(() => verifier.authenticate(token, { strict }))
  const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 10 })

  afterEach(async () => {
    await Promise.all(open.splice(0).map((verifier) => verifier.close()))
  })

  it('takes the keys from the issuer: one line, and tokens are checked', async () => {
    await using issuer = await startIssuer()
    const { accessToken, sessionId, refreshToken } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer.url)
    const principal = await verifier.authenticate(accessToken)
    expect(principal).toMatchObject({ identity: '42', sessionId, user: null })
    expect(await verdict(verifier, refreshToken)).toBe('wrong_token_type')
    expect(await verdict(verifier, altered(accessToken))).toBe('invalid_token')
    expect(issuer.paths).toEqual(['/.well-known/jwks.json'])
  })

  it('expects the claim "iss" to be the URL exactly', async () => {
    const key = await generateKey()
    await using server = await issuerServer(json(jwksOf([key])))
    const verifier = verifierOf(server.url)
    const tokenOf = (iss: string): string => {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss, aud: 'orders', sub: '42', iat: now, exp: now + 60, jti: 'j', type: 'access' }
      return signJwt(claims, key, { typ: 'at+jwt' })
    }
    expect(await verdict(verifier, tokenOf(server.url))).toBe('accepted')
    for (const iss of [`${server.url}/`, server.url.toUpperCase(), 'latchkey']) {
      expect(await verdict(verifier, tokenOf(iss))).toBe('invalid_token')
    }
  })

  it('says once how soon a revoked token is refused, with a feed and without', async () => {
    await using issuer = await startIssuer()
    const lines: string[] = []
    const log = (line: string): void => void lines.push(line)
    verifierOf(issuer.url, { log })
    following(issuer, { log })
    expect(lines).toEqual([
      expect.stringContaining('a revoked token is good until it expires'),
      expect.stringContaining('within 1 s'),
    ])
  })

  it('refuses at construction what cannot work', () => {
    const feed = { url: 'https://auth.example/feed', credential }
    expect(() => createVerifier('https://auth.example', undefined as never)).toThrow(/audience/)
    expect(() => verifierOf('http://auth.example')).toThrow(/https/)
    expect(() => verifierOf('https://auth.example', { audience: '' })).toThrow(TypeError)
    expect(() => verifierOf('https://auth.example', { feed: { ...feed, credential: '' } })).toThrow(
      /credential/,
    )
    expect(() =>
      verifierOf('https://auth.example', { feed: { ...feed, url: 'http://auth.example' } }),
    ).toThrow(/https/)
    expect(() => verifierOf('https://auth.example', { feed: { ...feed, url: 'https://10.0.0.1' } })).toThrow(
      /public/,
    )
  })

  it('strict on a route without a feed is a mistake of the program, and lets nothing through', async () => {
    await using issuer = await startIssuer()
    const { accessToken } = await issuer.auth.start('42')
    const verifier = verifierOf(issuer.url)
    await expect((async () => verifier.authenticate(accessToken, { strict: true }))()).rejects.toThrow(/feed/)
  })

  describe('with a feed', () => {
    it('RV-10, RV-11: hears of a log-out, a log-out everywhere and a revoked key, pushed', async () => {
      await using issuer = await startIssuer()
      const [first, second] = [await issuer.auth.start('42'), await issuer.auth.start('43')]
      const verifier = following(issuer)
      await verifier.ready()
      expect(await verdict(verifier, first.accessToken)).toBe('accepted')
      await issuer.auth.end(first.sessionId)
      await soon(async () => expect(await verdict(verifier, first.accessToken)).toBe('revoked_token'))
      expect(await verdict(verifier, second.accessToken)).toBe('accepted')
      await issuer.auth.endAll('43')
      await soon(async () => expect(await verdict(verifier, second.accessToken)).toBe('revoked_token'))
      const third = await issuer.auth.start('43')
      await soon(async () => expect(await verdict(verifier, third.accessToken)).toBe('accepted'))
      expect(issuer.paths.filter((path) => path.includes('wait=')).length).toBeGreaterThan(0)
    })

    it('knows what was revoked before it started', async () => {
      await using issuer = await startIssuer()
      const { accessToken, sessionId } = await issuer.auth.start('42')
      await issuer.auth.end(sessionId)
      expect(await verdict(following(issuer), accessToken)).toBe('revoked_token')
    })

    it('RV-10: drops a key that was revoked and still is in the JWKS', async () => {
      const [bad, good] = [await generateKey(), await generateKey()] as [SigningKey, SigningKey]
      await using issuer = await startIssuer({ keys: fixedKeyRing(bad, good) })
      const { accessToken } = await issuer.auth.start('42')
      const verifier = following(issuer)
      await verifier.ready()
      expect(await verdict(verifier, accessToken)).toBe('accepted')
      const event = {
        type: 'keys.changed',
        userId: null,
        sessionId: null,
        address: null,
        userAgent: null,
        data: {},
      }
      const { version } = await issuer.store.keys.list()
      await issuer.store.keys.replace(version, [], { kid: bad.kid as string, hold: 60_000 }, event)
      await issuer.store.signal.announce()
      // Unknown, not only revoked: a token that leaves the name of its key out is refused as well.
      await soon(async () => expect(await verdict(verifier, accessToken)).toBe('invalid_token'))
      const nameless = importPrivateKey(exportPem(bad), { kid: null })
      const { claims } = decodeUnverified(accessToken)
      expect(
        await verdict(verifier, signJwt({ ...claims, jti: 'forged' }, nameless, { typ: 'at+jwt' })),
      ).toBe('invalid_token')
    })

    it('RV-06: is not ready while the feed cannot be reached, and lets nothing through', async () => {
      await using issuer = await startIssuer()
      const { accessToken } = await issuer.auth.start('42')
      await using keys = await issuerServer(json(await issuer.auth.jwks()))
      issuer.cut()
      const verifier = following(issuer, { jwksUri: `${keys.url}/jwks`, revocation: { onStale: 'allow' } })
      expect(await verdict(verifier, accessToken)).toBe('unavailable')
      await expect(verifier.ready()).rejects.toThrow()
      issuer.mend()
      await soon(async () => expect(await verdict(verifier, accessToken)).toBe('accepted'))
    })

    it('RV-05: refuses everything when the news get too old, and goes on when they are back', async () => {
      await using issuer = await startIssuer()
      const { accessToken, sessionId } = await issuer.auth.start('42')
      const verifier = following(issuer, { revocation: { maxStaleness: '1s', report: () => {} } })
      await verifier.ready()
      issuer.cut()
      await issuer.auth.end(sessionId)
      await soon(async () => expect(await verdict(verifier, accessToken)).toBe('unavailable'))
      issuer.mend()
      await soon(async () => expect(await verdict(verifier, accessToken)).toBe('revoked_token'))
    })

    it('H-21: is not ready with a credential that the issuer does not know', async () => {
      await using issuer = await startIssuer()
      const { accessToken } = await issuer.auth.start('42')
      const verifier = following(issuer, { feed: { url: `${issuer.url}/feed`, credential: 'another' } })
      expect(await verdict(verifier, accessToken)).toBe('unavailable')
    })

    const page = { logId: 'l', head: 1, anchor: null, entries: [], more: false, now: 1 }
    const entry = { seq: 1, kind: 'sid', id: 'a', value: null, until: 1e15 }
    it.each([
      ['no page', {}],
      ['null', null],
      ['a page without a number', { ...page, head: '1' }],
      ['a negative number', { ...page, head: -1 }],
      ['a page that says nothing of the cursor', { ...page, anchor: undefined }],
      ['a page whose cursor names something else', { ...page, anchor: 'a' }],
      ['an entry that is none', { ...page, entries: [null] }],
      ['an entry of an unknown kind', { ...page, entries: [{ ...entry, kind: 'device' }] }],
      ['an entry without an end', { ...page, entries: [{ ...entry, until: null }] }],
      ['an entry whose id is a number', { ...page, entries: [{ ...entry, id: 7 }] }],
    ])(
      'takes an answer that is %s for none, because what it cannot read may be what matters',
      async (_, body) => {
        await using issuer = await startIssuer()
        await using feed = await issuerServer(json(body))
        const { accessToken } = await issuer.auth.start('42')
        const verifier = verifierOf(issuer.url, { feed: { url: feed.url, credential } })
        expect(await verdict(verifier, accessToken)).toBe('unavailable')
        expect(feed.requests[0]?.headers.authorization).toBe(`Bearer ${credential}`)
      },
    )

    it('asks a feed that answers at once no more often than it would without push', async () => {
      await using issuer = await startIssuer()
      await using feed = await issuerServer(json({ ...page, head: 0 }))
      const verifier = verifierOf(issuer.url, { feed: { url: feed.url, credential } })
      await verifier.ready()
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(feed.requests.length).toBeLessThanOrEqual(4)
    })

    it('leaves nothing running when it is closed', async () => {
      await using issuer = await startIssuer()
      const verifier = following(issuer)
      await verifier.ready()
      await verifier.close()
      await new Promise((resolve) => setTimeout(resolve, 50))
      const { length } = issuer.paths
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(issuer.paths).toHaveLength(length)
    })
  })

  it('RV-14: refuses a token from the future, which no not-before would reach', async () => {
    const clock = movableClock(Date.now())
    await using issuer = await startIssuer()
    const verifier = verifierOf(issuer.url, { clock })
    const { accessToken } = await issuer.auth.start('42')
    expect(await verdict(verifier, accessToken)).toBe('accepted')
    clock.advance(-600_000)
    expect(await verdict(verifier, accessToken)).toBe('invalid_token')
  })
})
